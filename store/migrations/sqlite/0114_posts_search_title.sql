-- +goose Up
ALTER TABLE posts ADD COLUMN search_title TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE posts DROP COLUMN search_title;
