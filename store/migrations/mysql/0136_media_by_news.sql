-- +goose Up
ALTER TABLE media DROP KEY ix_media_state_updated_at, ADD KEY ix_media_state_used_updated_at (state, used, updated_at);

-- +goose Down
ALTER TABLE media DROP KEY ix_media_state_used_updated_at, ADD KEY ix_media_state_updated_at (state, updated_at);
