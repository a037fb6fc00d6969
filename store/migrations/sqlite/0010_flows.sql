-- +goose Up
CREATE TABLE flows (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  current_version INTEGER NOT NULL,
  archived_at DATETIME,
  live INTEGER,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flows_brand_id_name_live ON flows (brand_id, name, live);
CREATE INDEX ix_flows_brand_id_id ON flows (brand_id, id);

-- +goose Down
DROP TABLE flows;
