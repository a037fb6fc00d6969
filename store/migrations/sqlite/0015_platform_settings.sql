-- +goose Up
CREATE TABLE platform_settings (
  brand_id TEXT NOT NULL,
  platform TEXT NOT NULL,
  default_flow_id TEXT,
  no_approval INTEGER NOT NULL,
  allow_change INTEGER NOT NULL,
  allow_none INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (brand_id, platform)
);
CREATE INDEX ix_platform_settings_default_flow_id ON platform_settings (default_flow_id);

-- +goose Down
DROP TABLE platform_settings;
