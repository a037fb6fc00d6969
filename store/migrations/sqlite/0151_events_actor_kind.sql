-- +goose Up
ALTER TABLE events ADD COLUMN actor_kind TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE events DROP COLUMN actor_kind;
