-- +goose Up
CREATE TABLE platform_settings (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  platform VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  default_flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  no_approval TINYINT(1) NOT NULL,
  allow_change TINYINT(1) NOT NULL,
  allow_none TINYINT(1) NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (brand_id, platform),
  KEY ix_platform_settings_default_flow_id (default_flow_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE platform_settings;
