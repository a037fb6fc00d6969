-- +goose Up
CREATE TABLE memberships (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  role VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  alias VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  invitation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_memberships_brand_id_user_id (brand_id, user_id),
  UNIQUE KEY uq_memberships_brand_id_person_id (brand_id, person_id),
  KEY ix_memberships_user_id (user_id),
  KEY ix_memberships_person_id (person_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE memberships;
