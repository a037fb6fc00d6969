-- +goose Up
CREATE TABLE decisions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  action VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason TEXT COLLATE utf8mb4_bin NOT NULL,
  keep_flow TINYINT(1) NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settles TINYINT(1),
  via VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_decisions_task_id (task_id),
  UNIQUE KEY uq_decisions_review_step_id_settles (review_step_id, settles),
  KEY ix_decisions_review_id (review_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE decisions;
