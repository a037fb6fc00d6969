-- +goose Up
CREATE INDEX ix_comments_article_id_visibility_id ON comments (article_id, visibility, id);

-- +goose Down
DROP INDEX ix_comments_article_id_visibility_id;
