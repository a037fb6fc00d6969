-- +goose Up
ALTER TABLE events ADD COLUMN subject_kind TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE events DROP COLUMN subject_kind;
