-- +goose Up
ALTER TABLE posts ADD COLUMN window_ends_at DATETIME;
CREATE INDEX ix_posts_state_window_ends_at ON posts (state, window_ends_at);

-- +goose Down
DROP INDEX ix_posts_state_window_ends_at;
ALTER TABLE posts DROP COLUMN window_ends_at;
