-- +goose Up
CREATE INDEX ix_tasks_article_id_member_id ON tasks (article_id, member_id);

-- +goose Down
DROP INDEX ix_tasks_article_id_member_id ON tasks;
