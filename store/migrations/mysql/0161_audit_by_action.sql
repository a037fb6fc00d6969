-- +goose Up
CREATE INDEX ix_audit_brand_id_action_seq ON audit (brand_id, action, seq);

-- +goose Down
DROP INDEX ix_audit_brand_id_action_seq ON audit;
