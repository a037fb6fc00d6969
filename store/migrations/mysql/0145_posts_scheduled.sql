-- +goose Up
CREATE INDEX ix_posts_state_scheduled_at ON posts (state, scheduled_at);

-- +goose Down
DROP INDEX ix_posts_state_scheduled_at ON posts;
