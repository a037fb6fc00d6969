-- +goose Up
ALTER TABLE posts ADD COLUMN urged_at DATETIME;

-- +goose Down
ALTER TABLE posts DROP COLUMN urged_at;
