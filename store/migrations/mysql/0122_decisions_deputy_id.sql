-- +goose Up
ALTER TABLE decisions ADD COLUMN deputy_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin;

-- +goose Down
ALTER TABLE decisions DROP COLUMN deputy_id;
