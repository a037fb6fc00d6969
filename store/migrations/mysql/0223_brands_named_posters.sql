-- +goose Up
ALTER TABLE brands ADD COLUMN named_posters TINYINT(1) NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE brands DROP COLUMN named_posters;
