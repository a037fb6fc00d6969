-- +goose Up
CREATE TABLE media_uses (
  media_id TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (media_id, revision_id)
);

-- +goose Down
DROP TABLE media_uses;
