-- +goose Up
ALTER TABLE articles ADD COLUMN removed_at DATETIME(3) NULL;

-- +goose Down
ALTER TABLE articles DROP COLUMN removed_at;
