-- +goose Up
CREATE TABLE ai_usage (
  brand_id TEXT NOT NULL,
  day TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (brand_id, day)
);

-- +goose Down
DROP TABLE ai_usage;
