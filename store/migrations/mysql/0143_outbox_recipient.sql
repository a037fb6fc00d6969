-- +goose Up
ALTER TABLE outbox
  ADD COLUMN recipient VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN spent_template VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD KEY ix_outbox_recipient_state (recipient, state),
  ADD KEY ix_outbox_brand_id_state_id (brand_id, state, id);

-- +goose Down
ALTER TABLE outbox
  DROP KEY ix_outbox_recipient_state,
  DROP KEY ix_outbox_brand_id_state_id,
  DROP COLUMN recipient,
  DROP COLUMN spent_template;
