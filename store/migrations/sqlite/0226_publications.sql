-- +goose Up
CREATE TABLE publications (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  opening_id TEXT,
  source TEXT NOT NULL,
  fact_key TEXT NOT NULL,
  share_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  video_id TEXT NOT NULL,
  url TEXT NOT NULL,
  open_id TEXT NOT NULL,
  account TEXT NOT NULL,
  late INTEGER NOT NULL,
  second INTEGER NOT NULL,
  unready INTEGER NOT NULL,
  member_id TEXT,
  name TEXT NOT NULL,
  at DATETIME NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_publications_fact_key ON publications (fact_key);
CREATE INDEX ix_publications_post_id_id ON publications (post_id, id);

-- +goose Down
DROP TABLE publications;
