-- +goose Up
CREATE TABLE comments (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  thread_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  visibility VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_number INT NOT NULL,
  anchor VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  block INT,
  quote TEXT COLLATE utf8mb4_bin NOT NULL,
  media_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  media_sha256 VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  offset_ms BIGINT,
  body TEXT COLLATE utf8mb4_bin NOT NULL,
  unresolved TINYINT(1) NOT NULL,
  resolved_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  resolved_by_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  resolved_at DATETIME(3) NULL,
  edited_at DATETIME(3) NULL,
  deleted_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_comments_article_id_id (article_id, id),
  KEY ix_comments_article_id_unresolved_visibility (article_id, unresolved, visibility),
  KEY ix_comments_thread_id (thread_id),
  KEY ix_comments_post_id (post_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE comments;
