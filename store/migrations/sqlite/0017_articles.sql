-- +goose Up
CREATE TABLE articles (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  flow_id TEXT,
  no_flow INTEGER NOT NULL,
  kept_flow_version_id TEXT,
  review_id TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_articles_post_id_position ON articles (post_id, position);

-- +goose Down
DROP TABLE articles;
