-- +goose Up
CREATE TABLE ai_reports (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  sources TEXT NOT NULL,
  findings TEXT NOT NULL,
  rules_version TEXT NOT NULL,
  asked INTEGER NOT NULL,
  asked_by TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_ai_reports_article_id_digest ON ai_reports (article_id, digest);
CREATE INDEX ix_ai_reports_next_at ON ai_reports (next_at);

-- +goose Down
DROP TABLE ai_reports;
