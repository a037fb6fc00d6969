-- +goose Up
CREATE TABLE flow_approvers (
  flow_step_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (flow_step_id, member_id)
);
CREATE INDEX ix_flow_approvers_member_id ON flow_approvers (member_id);

-- +goose Down
DROP TABLE flow_approvers;
