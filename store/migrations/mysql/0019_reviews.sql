-- +goose Up
CREATE TABLE reviews (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round INT NOT NULL,
  title VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revision_number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  flow_version_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  step_position INT NOT NULL,
  submitted_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ended_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_reviews_article_id_round (article_id, round),
  KEY ix_reviews_post_id (post_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE reviews;
