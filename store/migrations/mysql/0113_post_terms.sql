-- +goose Up
CREATE TABLE post_terms (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  term VARCHAR(16) COLLATE utf8mb4_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (brand_id, term, post_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- +goose Down
DROP TABLE post_terms;
