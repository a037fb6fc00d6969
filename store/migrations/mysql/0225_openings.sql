-- +goose Up
CREATE TABLE openings (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idem_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  way VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  share_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  launch_way VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  device_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_agent VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  ip_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  early TINYINT(1) NOT NULL,
  took_over TINYINT(1) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_openings_ticket_id_idem_key (ticket_id, idem_key),
  UNIQUE KEY uq_openings_share_id (share_id),
  KEY ix_openings_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE openings;
