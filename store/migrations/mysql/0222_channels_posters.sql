-- +goose Up
ALTER TABLE channels ADD COLUMN posters VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE channels DROP COLUMN posters;
