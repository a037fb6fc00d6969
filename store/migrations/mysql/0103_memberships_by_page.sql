-- +goose Up
ALTER TABLE memberships ADD KEY ix_memberships_brand_id_id (brand_id, id);

-- +goose Down
ALTER TABLE memberships DROP KEY ix_memberships_brand_id_id;
