-- +goose Up
CREATE TABLE publications (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opening_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  source VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fact_key VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  share_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  video_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  url VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  open_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  late TINYINT(1) NOT NULL,
  second TINYINT(1) NOT NULL,
  unready TINYINT(1) NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  name VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  at DATETIME(3) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_publications_fact_key (fact_key),
  KEY ix_publications_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE publications;
