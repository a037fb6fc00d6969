-- +goose Up
DROP INDEX ix_media_state_updated_at;
CREATE INDEX ix_media_state_used_updated_at ON media (state, used, updated_at);

-- +goose Down
DROP INDEX ix_media_state_used_updated_at;
CREATE INDEX ix_media_state_updated_at ON media (state, updated_at);
