-- +goose Up
CREATE TABLE flow_steps (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  flow_version_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mode TEXT NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flow_steps_flow_version_id_position ON flow_steps (flow_version_id, position);

-- +goose Down
DROP TABLE flow_steps;
