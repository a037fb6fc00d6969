-- +goose Up
CREATE TABLE flow_versions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  content_types TEXT COLLATE utf8mb4_bin NOT NULL,
  platforms TEXT COLLATE utf8mb4_bin NOT NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_flow_versions_flow_id_number (flow_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE flow_versions;
