-- +goose Up
CREATE TABLE sessions (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  token_hash TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  last_seen_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  revoked_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_sessions_token_hash ON sessions (token_hash);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_sessions_person_id ON sessions (person_id);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

-- +goose Down
DROP TABLE sessions;
