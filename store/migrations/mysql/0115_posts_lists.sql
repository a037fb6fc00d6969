-- +goose Up
ALTER TABLE posts
  ADD KEY ix_posts_brand_id_scheduled_at_id (brand_id, scheduled_at, id),
  ADD KEY ix_posts_brand_id_state_scheduled_at (brand_id, state, scheduled_at),
  ADD KEY ix_posts_brand_id_platform_id (brand_id, platform, id),
  ADD KEY ix_posts_brand_id_channel_id_id (brand_id, channel_id, id),
  ADD KEY ix_posts_brand_id_created_by_id (brand_id, created_by, id);

-- +goose Down
ALTER TABLE posts
  DROP KEY ix_posts_brand_id_scheduled_at_id,
  DROP KEY ix_posts_brand_id_state_scheduled_at,
  DROP KEY ix_posts_brand_id_platform_id,
  DROP KEY ix_posts_brand_id_channel_id_id,
  DROP KEY ix_posts_brand_id_created_by_id;
