-- +goose Up
ALTER TABLE reviews ADD COLUMN package_digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE reviews DROP COLUMN package_digest;
