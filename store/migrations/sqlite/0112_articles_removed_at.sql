-- +goose Up
ALTER TABLE articles ADD COLUMN removed_at DATETIME;

-- +goose Down
ALTER TABLE articles DROP COLUMN removed_at;
