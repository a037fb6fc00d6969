-- +goose Up
CREATE INDEX ix_media_brand_id_kind_id ON media (brand_id, kind, id);

-- +goose Down
DROP INDEX ix_media_brand_id_kind_id ON media;
