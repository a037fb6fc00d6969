-- +goose Up
CREATE TABLE users (
  id TEXT NOT NULL,
  email TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  password_hash TEXT NOT NULL,
  disabled_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_users_email ON users (email);

-- +goose Down
DROP TABLE users;
