-- +goose Up
CREATE INDEX ix_audit_brand_id_actor_id_seq ON audit (brand_id, actor_id, seq);

-- +goose Down
DROP INDEX ix_audit_brand_id_actor_id_seq ON audit;
