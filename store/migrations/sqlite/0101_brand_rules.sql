-- +goose Up
ALTER TABLE brands ADD COLUMN lead_minutes INTEGER NOT NULL DEFAULT 10;
ALTER TABLE brands ADD COLUMN blocking_rules TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE brands DROP COLUMN blocking_rules;
ALTER TABLE brands DROP COLUMN lead_minutes;
