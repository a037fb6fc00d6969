-- +goose Up
CREATE TABLE brands (
  id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  public_name TEXT COLLATE NOCASE NOT NULL,
  time_zone TEXT NOT NULL,
  self_approval INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE brands;
