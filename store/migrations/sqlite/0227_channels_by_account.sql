-- +goose Up
CREATE INDEX ix_channels_platform_account ON channels (platform, platform_account_id);

-- +goose Down
DROP INDEX ix_channels_platform_account;
