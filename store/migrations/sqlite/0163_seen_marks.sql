-- +goose Up
CREATE TABLE seen_marks (
  member_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  seen_at DATETIME NOT NULL,
  PRIMARY KEY (member_id, article_id)
);

-- +goose Down
DROP TABLE seen_marks;
