-- +goose Up
CREATE TABLE message_grants (
  person_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  remaining INTEGER NOT NULL,
  refused BOOLEAN NOT NULL,
  reported INTEGER NOT NULL,
  pushed INTEGER NOT NULL,
  tap_at DATETIME NOT NULL,
  changed_by TEXT NOT NULL,
  changed_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (person_id, template_id)
);

-- +goose Down
DROP TABLE message_grants;
