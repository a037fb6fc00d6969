-- +goose Up
UPDATE posts SET window_ends_at = strftime('%Y-%m-%d %H:%M:%f', scheduled_at, '+3 hours') WHERE content_type = 'douyin_video' AND scheduled_at IS NOT NULL;

-- +goose Down
UPDATE posts SET window_ends_at = NULL;
