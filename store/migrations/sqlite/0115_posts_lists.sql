-- +goose Up
CREATE INDEX ix_posts_brand_id_scheduled_at_id ON posts (brand_id, scheduled_at, id);
CREATE INDEX ix_posts_brand_id_state_scheduled_at ON posts (brand_id, state, scheduled_at);
CREATE INDEX ix_posts_brand_id_platform_id ON posts (brand_id, platform, id);
CREATE INDEX ix_posts_brand_id_channel_id_id ON posts (brand_id, channel_id, id);
CREATE INDEX ix_posts_brand_id_created_by_id ON posts (brand_id, created_by, id);

-- +goose Down
DROP INDEX ix_posts_brand_id_scheduled_at_id;
DROP INDEX ix_posts_brand_id_state_scheduled_at;
DROP INDEX ix_posts_brand_id_platform_id;
DROP INDEX ix_posts_brand_id_channel_id_id;
DROP INDEX ix_posts_brand_id_created_by_id;
