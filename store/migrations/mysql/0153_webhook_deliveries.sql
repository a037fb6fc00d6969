-- +goose Up
CREATE TABLE webhook_deliveries (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  webhook_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at DATETIME(3) NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT NOT NULL,
  next_at DATETIME(3) NOT NULL,
  status INT NOT NULL,
  last_error VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  delivered_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_webhook_deliveries_webhook_id_seq (webhook_id, seq),
  KEY ix_webhook_deliveries_webhook_id_id (webhook_id, id),
  KEY ix_webhook_deliveries_webhook_id_state_next_at (webhook_id, state, next_at),
  KEY ix_webhook_deliveries_state_next_at (state, next_at),
  KEY ix_webhook_deliveries_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE webhook_deliveries;
