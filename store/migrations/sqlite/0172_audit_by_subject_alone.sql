-- +goose Up
DROP INDEX ix_audit_brand_id_subject_id;

-- +goose Down
CREATE INDEX ix_audit_brand_id_subject_id ON audit (brand_id, subject_id);
