-- +goose Up
CREATE TABLE webhooks (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  kinds TEXT NOT NULL,
  active INTEGER NOT NULL,
  off_reason TEXT NOT NULL,
  off_at DATETIME NULL,
  secret BLOB NOT NULL,
  old_secret BLOB NOT NULL,
  old_secret_until DATETIME NULL,
  planned_seq INTEGER NOT NULL,
  next_at DATETIME NOT NULL,
  hold_until DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until DATETIME NOT NULL,
  failures INTEGER NOT NULL,
  failing_since DATETIME NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_webhooks_brand_id_id ON webhooks (brand_id, id);

-- +goose Down
DROP TABLE webhooks;
