-- +goose Up
CREATE TABLE persons (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  app_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  open_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  union_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  language VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_persons_app_id_open_id (app_id, open_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE persons;
