-- +goose Up
CREATE TABLE deputies (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  deputy_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_at DATETIME(3) NOT NULL,
  until_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_deputies_deputy_id_until_at (deputy_id, until_at),
  KEY ix_deputies_member_id_until_at (member_id, until_at),
  KEY ix_deputies_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE deputies;
