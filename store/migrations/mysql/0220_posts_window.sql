-- +goose Up
ALTER TABLE posts
  ADD COLUMN window_ends_at DATETIME(3) NULL,
  ADD KEY ix_posts_state_window_ends_at (state, window_ends_at);

-- +goose Down
ALTER TABLE posts DROP KEY ix_posts_state_window_ends_at, DROP COLUMN window_ends_at;
