-- +goose Up
CREATE TABLE tasks (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  review_step_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  state TEXT NOT NULL,
  shelf TEXT NOT NULL,
  sorted_at DATETIME NOT NULL,
  settled_by TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_tasks_review_step_id_member_id ON tasks (review_step_id, member_id);
CREATE INDEX ix_tasks_member_id_shelf_sorted_at_id ON tasks (member_id, shelf, sorted_at, id);
CREATE INDEX ix_tasks_review_id ON tasks (review_id);
CREATE INDEX ix_tasks_post_id ON tasks (post_id);

-- +goose Down
DROP TABLE tasks;
