-- +goose Up
CREATE TABLE review_steps (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at DATETIME,
  version INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_review_steps_review_id_position ON review_steps (review_id, position);
CREATE INDEX ix_review_steps_brand_id_state ON review_steps (brand_id, state);

-- +goose Down
DROP TABLE review_steps;
