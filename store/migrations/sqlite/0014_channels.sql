-- +goose Up
CREATE TABLE channels (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  platform TEXT NOT NULL,
  platform_account_id TEXT COLLATE NOCASE NOT NULL,
  ai_review INTEGER NOT NULL,
  archived_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_channels_brand_id_id ON channels (brand_id, id);

-- +goose Down
DROP TABLE channels;
