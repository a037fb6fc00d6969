-- +goose Up
CREATE TABLE events (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at DATETIME(3) NOT NULL,
  PRIMARY KEY (brand_id, seq),
  KEY ix_events_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE events;
