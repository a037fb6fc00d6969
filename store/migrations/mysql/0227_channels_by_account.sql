-- +goose Up
ALTER TABLE channels ADD KEY ix_channels_platform_account (platform, platform_account_id(64));

-- +goose Down
ALTER TABLE channels DROP KEY ix_channels_platform_account;
