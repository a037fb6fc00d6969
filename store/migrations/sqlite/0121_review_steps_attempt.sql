-- +goose Up
ALTER TABLE review_steps ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE review_steps DROP COLUMN attempt;
