-- +goose Up
CREATE TABLE reminders (
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rung VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scheduled_at DATETIME(3) NOT NULL,
  told BOOLEAN NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (task_id, rung, scheduled_at),
  KEY ix_reminders_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE reminders;
