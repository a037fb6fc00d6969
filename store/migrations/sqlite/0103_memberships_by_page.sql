-- +goose Up
CREATE INDEX ix_memberships_brand_id_id ON memberships (brand_id, id);

-- +goose Down
DROP INDEX ix_memberships_brand_id_id;
