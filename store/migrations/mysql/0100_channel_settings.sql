-- +goose Up
ALTER TABLE channels
  ADD COLUMN own_setting TINYINT(1) NOT NULL DEFAULT 0,
  ADD COLUMN default_flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN no_approval TINYINT(1) NOT NULL DEFAULT 0,
  ADD COLUMN allow_change TINYINT(1) NOT NULL DEFAULT 0,
  ADD COLUMN allow_none TINYINT(1) NOT NULL DEFAULT 0,
  ADD KEY ix_channels_default_flow_id (default_flow_id);

-- +goose Down
ALTER TABLE channels
  DROP KEY ix_channels_default_flow_id,
  DROP COLUMN own_setting, DROP COLUMN default_flow_id, DROP COLUMN no_approval, DROP COLUMN allow_change, DROP COLUMN allow_none;
