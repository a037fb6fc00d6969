-- +goose Up
ALTER TABLE media ADD COLUMN used INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE media DROP COLUMN used;
