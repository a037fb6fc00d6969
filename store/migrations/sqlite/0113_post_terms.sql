-- +goose Up
CREATE TABLE post_terms (
  brand_id TEXT NOT NULL,
  term TEXT NOT NULL,
  post_id TEXT NOT NULL,
  PRIMARY KEY (brand_id, term, post_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE post_terms;
