-- +goose Up
CREATE TABLE memberships (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  role TEXT NOT NULL,
  alias TEXT COLLATE NOCASE NOT NULL,
  status TEXT NOT NULL,
  invitation_id TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_memberships_brand_id_user_id ON memberships (brand_id, user_id);
CREATE UNIQUE INDEX uq_memberships_brand_id_person_id ON memberships (brand_id, person_id);
CREATE INDEX ix_memberships_user_id ON memberships (user_id);
CREATE INDEX ix_memberships_person_id ON memberships (person_id);

-- +goose Down
DROP TABLE memberships;
