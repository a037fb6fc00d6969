-- +goose Up
CREATE TABLE idempotency_keys (
  principal VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idem_key VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  answer LONGBLOB NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (principal, idem_key),
  KEY ix_idempotency_keys_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE idempotency_keys;
