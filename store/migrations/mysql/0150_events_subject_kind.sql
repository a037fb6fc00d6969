-- +goose Up
ALTER TABLE events ADD COLUMN subject_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE events DROP COLUMN subject_kind;
