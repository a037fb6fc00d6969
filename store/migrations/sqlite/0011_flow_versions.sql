-- +goose Up
CREATE TABLE flow_versions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  content_types TEXT NOT NULL,
  platforms TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flow_versions_flow_id_number ON flow_versions (flow_id, number);

-- +goose Down
DROP TABLE flow_versions;
