-- +goose Up
CREATE TABLE brands (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  public_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  time_zone VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  self_approval TINYINT(1) NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE brands;
