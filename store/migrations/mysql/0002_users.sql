-- +goose Up
CREATE TABLE users (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  email VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  password_hash VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  disabled_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_users_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE users;
