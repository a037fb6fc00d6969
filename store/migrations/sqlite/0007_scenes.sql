-- +goose Up
CREATE TABLE scenes (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  brand_id TEXT,
  subject_id TEXT NOT NULL,
  session_id TEXT,
  token_hash TEXT NOT NULL,
  token_sealed BLOB NOT NULL,
  max_uses INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  expires_at DATETIME,
  revoked_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_scenes_token_hash ON scenes (token_hash);
CREATE INDEX ix_scenes_subject_id_kind ON scenes (subject_id, kind);

-- +goose Down
DROP TABLE scenes;
