-- +goose Up
CREATE TABLE bindings (
  person_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (person_id)
);
CREATE UNIQUE INDEX uq_bindings_user_id ON bindings (user_id);

-- +goose Down
DROP TABLE bindings;
