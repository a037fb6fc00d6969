-- +goose Up
ALTER TABLE events ADD COLUMN actor_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE events DROP COLUMN actor_kind;
