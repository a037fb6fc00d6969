-- +goose Up
ALTER TABLE posts ADD COLUMN package_digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE posts DROP COLUMN package_digest;
