-- +goose Up
CREATE TABLE reviews (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  flow_id TEXT,
  flow_version_id TEXT,
  state TEXT NOT NULL,
  step_position INTEGER NOT NULL,
  submitted_by TEXT NOT NULL,
  ended_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_reviews_article_id_round ON reviews (article_id, round);
CREATE INDEX ix_reviews_post_id ON reviews (post_id);

-- +goose Down
DROP TABLE reviews;
