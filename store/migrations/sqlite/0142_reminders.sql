-- +goose Up
CREATE TABLE reminders (
  task_id TEXT NOT NULL,
  rung TEXT NOT NULL,
  scheduled_at DATETIME NOT NULL,
  told BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (task_id, rung, scheduled_at)
);
CREATE INDEX ix_reminders_created_at ON reminders (created_at);

-- +goose Down
DROP TABLE reminders;
