-- +goose Up
CREATE TABLE message_grants (
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  template_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  remaining INT NOT NULL,
  refused BOOLEAN NOT NULL,
  reported INT NOT NULL,
  pushed INT NOT NULL,
  tap_at DATETIME(3) NOT NULL,
  changed_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(3) NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (person_id, template_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE message_grants;
