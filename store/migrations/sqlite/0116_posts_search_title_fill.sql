-- +goose Up
UPDATE posts SET search_title = LOWER(title) WHERE search_title = '';

-- +goose Down
UPDATE posts SET search_title = '';
