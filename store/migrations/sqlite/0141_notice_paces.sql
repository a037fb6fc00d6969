-- +goose Up
CREATE TABLE notice_paces (
  recipient TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  PRIMARY KEY (recipient)
);
CREATE INDEX ix_notice_paces_next_at ON notice_paces (next_at);

-- +goose Down
DROP TABLE notice_paces;
