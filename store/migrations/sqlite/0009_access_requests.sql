-- +goose Up
CREATE TABLE access_requests (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  invitation_id TEXT NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  state TEXT NOT NULL,
  waiting INTEGER,
  reason TEXT NOT NULL,
  decided_by TEXT,
  decided_by_name TEXT COLLATE NOCASE NOT NULL,
  decided_at DATETIME,
  unblocked_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_access_requests_brand_id_person_id_waiting ON access_requests (brand_id, person_id, waiting);
CREATE INDEX ix_access_requests_brand_id_state_id ON access_requests (brand_id, state, id);
CREATE INDEX ix_access_requests_brand_id_id ON access_requests (brand_id, id);
CREATE INDEX ix_access_requests_person_id_id ON access_requests (person_id, id);

-- +goose Down
DROP TABLE access_requests;
