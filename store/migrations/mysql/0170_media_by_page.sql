-- +goose Up
CREATE INDEX ix_media_brand_id_id ON media (brand_id, id);

-- +goose Down
DROP INDEX ix_media_brand_id_id ON media;
