-- +goose Up
DROP INDEX ix_comments_article_id_unresolved_visibility ON comments;

-- +goose Down
CREATE INDEX ix_comments_article_id_unresolved_visibility ON comments (article_id, unresolved, visibility);
