-- +goose Up
CREATE TABLE media_parts (
  media_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  brand_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (media_id, number)
);

-- +goose Down
DROP TABLE media_parts;
