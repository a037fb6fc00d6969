-- +goose Up
CREATE TABLE comments (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  visibility TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  anchor TEXT NOT NULL,
  block INTEGER,
  quote TEXT NOT NULL,
  media_id TEXT NOT NULL,
  media_sha256 TEXT NOT NULL,
  offset_ms INTEGER,
  body TEXT NOT NULL,
  unresolved INTEGER NOT NULL,
  resolved_by TEXT,
  resolved_by_name TEXT COLLATE NOCASE NOT NULL,
  resolved_at DATETIME,
  edited_at DATETIME,
  deleted_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_comments_article_id_id ON comments (article_id, id);
CREATE INDEX ix_comments_article_id_unresolved_visibility ON comments (article_id, unresolved, visibility);
CREATE INDEX ix_comments_thread_id ON comments (thread_id);
CREATE INDEX ix_comments_post_id ON comments (post_id);

-- +goose Down
DROP TABLE comments;
