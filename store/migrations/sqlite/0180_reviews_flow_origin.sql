-- +goose Up
ALTER TABLE reviews ADD COLUMN flow_origin TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE reviews DROP COLUMN flow_origin;
