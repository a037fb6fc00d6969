-- +goose Up
CREATE INDEX ix_comments_article_id_unresolved_visibility_revision ON comments (article_id, unresolved, visibility, revision_number);

-- +goose Down
DROP INDEX ix_comments_article_id_unresolved_visibility_revision ON comments;
