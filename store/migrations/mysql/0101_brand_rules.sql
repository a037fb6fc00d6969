-- +goose Up
ALTER TABLE brands
  ADD COLUMN lead_minutes INT NOT NULL DEFAULT 10,
  ADD COLUMN blocking_rules VARCHAR(4096) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE brands DROP COLUMN lead_minutes, DROP COLUMN blocking_rules;
