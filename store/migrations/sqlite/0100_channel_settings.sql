-- +goose Up
ALTER TABLE channels ADD COLUMN own_setting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN default_flow_id TEXT;
ALTER TABLE channels ADD COLUMN no_approval INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN allow_change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN allow_none INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_channels_default_flow_id ON channels (default_flow_id);

-- +goose Down
DROP INDEX ix_channels_default_flow_id;
ALTER TABLE channels DROP COLUMN allow_none;
ALTER TABLE channels DROP COLUMN allow_change;
ALTER TABLE channels DROP COLUMN no_approval;
ALTER TABLE channels DROP COLUMN default_flow_id;
ALTER TABLE channels DROP COLUMN own_setting;
