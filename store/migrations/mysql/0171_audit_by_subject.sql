-- +goose Up
CREATE INDEX ix_audit_brand_id_subject_id_seq ON audit (brand_id, subject_id, seq);

-- +goose Down
DROP INDEX ix_audit_brand_id_subject_id_seq ON audit;
