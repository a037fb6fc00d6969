-- +goose Up
ALTER TABLE posts ADD COLUMN package_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE posts DROP COLUMN package_digest;
