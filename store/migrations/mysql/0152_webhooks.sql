-- +goose Up
CREATE TABLE webhooks (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  url VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  description VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  kinds TEXT COLLATE utf8mb4_bin NOT NULL,
  active TINYINT(1) NOT NULL,
  off_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  off_at DATETIME(3) NULL,
  secret LONGBLOB NOT NULL,
  old_secret LONGBLOB NOT NULL,
  old_secret_until DATETIME(3) NULL,
  planned_seq BIGINT NOT NULL,
  next_at DATETIME(3) NOT NULL,
  hold_until DATETIME(3) NOT NULL,
  lease_owner VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until DATETIME(3) NOT NULL,
  failures INT NOT NULL,
  failing_since DATETIME(3) NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_webhooks_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE webhooks;
