-- +goose Up
CREATE TABLE posts (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  platform TEXT NOT NULL,
  content_type TEXT NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  state TEXT NOT NULL,
  scheduled_at DATETIME,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_posts_brand_id_id ON posts (brand_id, id);
CREATE INDEX ix_posts_brand_id_state_id ON posts (brand_id, state, id);

-- +goose Down
DROP TABLE posts;
