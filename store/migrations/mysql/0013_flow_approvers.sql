-- +goose Up
CREATE TABLE flow_approvers (
  flow_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  PRIMARY KEY (flow_step_id, member_id),
  KEY ix_flow_approvers_member_id (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE flow_approvers;
