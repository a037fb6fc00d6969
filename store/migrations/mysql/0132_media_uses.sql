-- +goose Up
CREATE TABLE media_uses (
  media_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (media_id, revision_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE media_uses;
