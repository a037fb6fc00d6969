-- +goose Up
UPDATE posts SET window_ends_at = DATE_ADD(scheduled_at, INTERVAL 3 HOUR) WHERE content_type = 'douyin_video' AND scheduled_at IS NOT NULL;

-- +goose Down
UPDATE posts SET window_ends_at = NULL;
