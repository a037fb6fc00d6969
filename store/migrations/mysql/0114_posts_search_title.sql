-- +goose Up
ALTER TABLE posts ADD COLUMN search_title VARCHAR(255) COLLATE utf8mb4_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE posts DROP COLUMN search_title;
