-- +goose Up
CREATE TABLE outbox (
  id TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  topic TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  payload BLOB NOT NULL,
  state TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_outbox_dedup_key ON outbox (dedup_key);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);

-- +goose Down
DROP TABLE outbox;
