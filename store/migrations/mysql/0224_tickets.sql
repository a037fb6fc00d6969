-- +goose Up
CREATE TABLE tickets (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  live_post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_sealed LONGBLOB NOT NULL,
  issued_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  issued_at DATETIME(3) NOT NULL,
  starts_at DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  early_at DATETIME(3) NULL,
  early_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  early_reason VARCHAR(1000) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revoked_at DATETIME(3) NULL,
  openings INT NOT NULL,
  lease_opening CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  lease_device CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_agent VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  lease_since DATETIME(3) NULL,
  lease_until DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_tickets_token_hash (token_hash),
  UNIQUE KEY uq_tickets_live_post_id (live_post_id),
  KEY ix_tickets_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE tickets;
