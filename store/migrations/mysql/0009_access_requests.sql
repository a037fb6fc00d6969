-- +goose Up
CREATE TABLE access_requests (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  invitation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  waiting TINYINT(1),
  reason TEXT COLLATE utf8mb4_bin NOT NULL,
  decided_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  decided_by_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  decided_at DATETIME(3) NULL,
  unblocked_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_access_requests_brand_id_person_id_waiting (brand_id, person_id, waiting),
  KEY ix_access_requests_brand_id_state_id (brand_id, state, id),
  KEY ix_access_requests_brand_id_id (brand_id, id),
  KEY ix_access_requests_person_id_id (person_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE access_requests;
