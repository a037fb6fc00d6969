-- +goose Up
CREATE TABLE events (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (brand_id, seq)
);
CREATE INDEX ix_events_at ON events (at);

-- +goose Down
DROP TABLE events;
