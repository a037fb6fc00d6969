-- +goose Up
DROP INDEX ix_webhook_deliveries_webhook_id_state_next_at;
CREATE INDEX ix_webhook_deliveries_webhook_id_state_next_at_seq ON webhook_deliveries (webhook_id, state, next_at, seq);
CREATE INDEX ix_webhook_deliveries_webhook_id_state_id ON webhook_deliveries (webhook_id, state, id);

-- +goose Down
DROP INDEX ix_webhook_deliveries_webhook_id_state_next_at_seq;
DROP INDEX ix_webhook_deliveries_webhook_id_state_id;
CREATE INDEX ix_webhook_deliveries_webhook_id_state_next_at ON webhook_deliveries (webhook_id, state, next_at);
