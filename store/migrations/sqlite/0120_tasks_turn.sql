-- +goose Up
ALTER TABLE tasks ADD COLUMN turn INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE tasks DROP COLUMN turn;
