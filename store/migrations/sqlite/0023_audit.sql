-- +goose Up
CREATE TABLE audit (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at DATETIME NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT COLLATE NOCASE NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before_json BLOB NOT NULL,
  after_json BLOB NOT NULL,
  request_id TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (brand_id, seq)
);
CREATE INDEX ix_audit_brand_id_subject_id ON audit (brand_id, subject_id);

-- +goose Down
DROP TABLE audit;
