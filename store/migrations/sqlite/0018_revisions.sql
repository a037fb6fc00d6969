-- +goose Up
CREATE TABLE revisions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  content BLOB NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_revisions_article_id_number ON revisions (article_id, number);

-- +goose Down
DROP TABLE revisions;
