-- +goose Up
ALTER TABLE brands ADD COLUMN named_posters INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE brands DROP COLUMN named_posters;
