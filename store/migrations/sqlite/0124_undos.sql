-- +goose Up
CREATE TABLE undos (
  decision_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (decision_id)
);
CREATE INDEX ix_undos_review_id ON undos (review_id);

-- +goose Down
DROP TABLE undos;
