-- +goose Up
CREATE TABLE webhook_deliveries (
  id TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  at DATETIME NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at DATETIME NOT NULL,
  status INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  delivered_at DATETIME NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_webhook_deliveries_webhook_id_seq ON webhook_deliveries (webhook_id, seq);
CREATE INDEX ix_webhook_deliveries_webhook_id_id ON webhook_deliveries (webhook_id, id);
CREATE INDEX ix_webhook_deliveries_webhook_id_state_next_at ON webhook_deliveries (webhook_id, state, next_at);
CREATE INDEX ix_webhook_deliveries_state_next_at ON webhook_deliveries (state, next_at);
CREATE INDEX ix_webhook_deliveries_created_at ON webhook_deliveries (created_at);

-- +goose Down
DROP TABLE webhook_deliveries;
