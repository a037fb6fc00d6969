-- +goose Up
CREATE TABLE deputies (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  deputy_id TEXT NOT NULL,
  from_at DATETIME NOT NULL,
  until_at DATETIME NOT NULL,
  ended_at DATETIME,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_deputies_deputy_id_until_at ON deputies (deputy_id, until_at);
CREATE INDEX ix_deputies_member_id_until_at ON deputies (member_id, until_at);
CREATE INDEX ix_deputies_brand_id_id ON deputies (brand_id, id);

-- +goose Down
DROP TABLE deputies;
