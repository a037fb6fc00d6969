-- +goose Up
CREATE TABLE persons (
  id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  open_id TEXT NOT NULL,
  union_id TEXT NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  language TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_persons_app_id_open_id ON persons (app_id, open_id);

-- +goose Down
DROP TABLE persons;
