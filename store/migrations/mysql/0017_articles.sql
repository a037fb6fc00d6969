-- +goose Up
CREATE TABLE articles (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revision_number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  no_flow TINYINT(1) NOT NULL,
  kept_flow_version_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_articles_post_id_position (post_id, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE articles;
