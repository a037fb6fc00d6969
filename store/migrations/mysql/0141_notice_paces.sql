-- +goose Up
CREATE TABLE notice_paces (
  recipient VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  next_at DATETIME(3) NOT NULL,
  PRIMARY KEY (recipient),
  KEY ix_notice_paces_next_at (next_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE notice_paces;
