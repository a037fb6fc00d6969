-- +goose Up
CREATE TABLE audit (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  at DATETIME(3) NOT NULL,
  actor_kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  action VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  before_json LONGBLOB NOT NULL,
  after_json LONGBLOB NOT NULL,
  request_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ip_hash VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  prev_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (brand_id, seq),
  KEY ix_audit_brand_id_subject_id (brand_id, subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE audit;
