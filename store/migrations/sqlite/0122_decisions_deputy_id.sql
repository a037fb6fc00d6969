-- +goose Up
ALTER TABLE decisions ADD COLUMN deputy_id TEXT;

-- +goose Down
ALTER TABLE decisions DROP COLUMN deputy_id;
