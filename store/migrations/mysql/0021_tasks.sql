-- +goose Up
CREATE TABLE tasks (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  shelf VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sorted_at DATETIME(3) NOT NULL,
  settled_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_tasks_review_step_id_member_id (review_step_id, member_id),
  KEY ix_tasks_member_id_shelf_sorted_at_id (member_id, shelf, sorted_at, id),
  KEY ix_tasks_review_id (review_id),
  KEY ix_tasks_post_id (post_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE tasks;
