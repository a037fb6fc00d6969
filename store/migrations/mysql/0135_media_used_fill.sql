-- +goose Up
UPDATE media SET used = 1 WHERE id IN (SELECT media_id FROM media_uses);

-- +goose Down
UPDATE media SET used = 0;
