-- +goose Up
CREATE TABLE audit_heads (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (brand_id)
);

-- +goose Down
DROP TABLE audit_heads;
