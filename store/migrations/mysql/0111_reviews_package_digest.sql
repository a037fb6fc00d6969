-- +goose Up
ALTER TABLE reviews ADD COLUMN package_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE reviews DROP COLUMN package_digest;
