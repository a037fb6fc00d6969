-- +goose Up
CREATE TABLE invitations (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  scene_id TEXT NOT NULL,
  note TEXT COLLATE NOCASE NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_invitations_brand_id_id ON invitations (brand_id, id);

-- +goose Down
DROP TABLE invitations;
