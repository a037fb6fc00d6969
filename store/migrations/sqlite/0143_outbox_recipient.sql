-- +goose Up
ALTER TABLE outbox ADD COLUMN recipient TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN spent_template TEXT NOT NULL DEFAULT '';
CREATE INDEX ix_outbox_recipient_state ON outbox (recipient, state);
CREATE INDEX ix_outbox_brand_id_state_id ON outbox (brand_id, state, id);

-- +goose Down
DROP INDEX ix_outbox_recipient_state;
DROP INDEX ix_outbox_brand_id_state_id;
ALTER TABLE outbox DROP COLUMN recipient;
ALTER TABLE outbox DROP COLUMN spent_template;
