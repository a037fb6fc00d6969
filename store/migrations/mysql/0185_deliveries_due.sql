-- +goose Up
ALTER TABLE webhook_deliveries
  DROP KEY ix_webhook_deliveries_webhook_id_state_next_at,
  ADD KEY ix_webhook_deliveries_webhook_id_state_next_at_seq (webhook_id, state, next_at, seq),
  ADD KEY ix_webhook_deliveries_webhook_id_state_id (webhook_id, state, id);

-- +goose Down
ALTER TABLE webhook_deliveries
  DROP KEY ix_webhook_deliveries_webhook_id_state_next_at_seq,
  DROP KEY ix_webhook_deliveries_webhook_id_state_id,
  ADD KEY ix_webhook_deliveries_webhook_id_state_next_at (webhook_id, state, next_at);
