-- +goose Up
CREATE TABLE word_lists (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  severity TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  words TEXT NOT NULL,
  count INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_word_lists_brand_id_id ON word_lists (brand_id, id);

-- +goose Down
DROP TABLE word_lists;
