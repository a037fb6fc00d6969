-- +goose Up
CREATE TABLE tickets (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  live_post_id TEXT,
  token_hash TEXT NOT NULL,
  token_sealed BLOB NOT NULL,
  issued_by TEXT NOT NULL,
  issued_at DATETIME NOT NULL,
  starts_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  early_at DATETIME,
  early_by TEXT,
  early_reason TEXT NOT NULL,
  revoked_at DATETIME,
  openings INTEGER NOT NULL,
  lease_opening TEXT,
  lease_device TEXT NOT NULL,
  lease_agent TEXT NOT NULL,
  lease_since DATETIME,
  lease_until DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_tickets_token_hash ON tickets (token_hash);
CREATE UNIQUE INDEX uq_tickets_live_post_id ON tickets (live_post_id);
CREATE INDEX ix_tickets_post_id_id ON tickets (post_id, id);

-- +goose Down
DROP TABLE tickets;
