-- +goose Up
CREATE TABLE openings (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL,
  idem_key TEXT NOT NULL,
  way TEXT NOT NULL,
  share_id TEXT,
  launch_way TEXT NOT NULL,
  member_id TEXT,
  device_hash TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  early INTEGER NOT NULL,
  took_over INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_openings_ticket_id_idem_key ON openings (ticket_id, idem_key);
CREATE UNIQUE INDEX uq_openings_share_id ON openings (share_id);
CREATE INDEX ix_openings_post_id_id ON openings (post_id, id);

-- +goose Down
DROP TABLE openings;
