-- +goose Up
CREATE TABLE decisions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  review_step_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  name TEXT COLLATE NOCASE NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  keep_flow INTEGER NOT NULL,
  digest TEXT NOT NULL,
  settles INTEGER,
  via TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_decisions_task_id ON decisions (task_id);
CREATE UNIQUE INDEX uq_decisions_review_step_id_settles ON decisions (review_step_id, settles);
CREATE INDEX ix_decisions_review_id ON decisions (review_id);

-- +goose Down
DROP TABLE decisions;
