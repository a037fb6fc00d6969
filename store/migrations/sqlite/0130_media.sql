-- +goose Up
CREATE TABLE media (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mime TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  thumb INTEGER NOT NULL,
  blob_key TEXT NOT NULL,
  state TEXT NOT NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_media_brand_id_state_id ON media (brand_id, state, id);
CREATE INDEX ix_media_state_updated_at ON media (state, updated_at);

-- +goose Down
DROP TABLE media;
