-- +goose Up
ALTER TABLE channels ADD COLUMN posters TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE channels DROP COLUMN posters;
