-- +goose Up
ALTER TABLE tasks ADD COLUMN turn INT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE tasks DROP COLUMN turn;
