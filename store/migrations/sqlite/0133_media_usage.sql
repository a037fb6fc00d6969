-- +goose Up
CREATE TABLE media_usage (
  brand_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (brand_id)
);

-- +goose Down
DROP TABLE media_usage;
