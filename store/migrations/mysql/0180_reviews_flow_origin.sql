-- +goose Up
ALTER TABLE reviews ADD COLUMN flow_origin VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE reviews DROP COLUMN flow_origin;
