-- +goose Up
-- One answer for each time that a turn is open, and one that ends a step each time that
-- it is open: an answer that was taken back stays, and the next one has the next number.
ALTER TABLE decisions ADD COLUMN turn INTEGER NOT NULL DEFAULT 1;
DROP INDEX uq_decisions_task_id;
CREATE UNIQUE INDEX uq_decisions_task_id_turn ON decisions (task_id, turn);

-- +goose Down
DROP INDEX uq_decisions_task_id_turn;
CREATE UNIQUE INDEX uq_decisions_task_id ON decisions (task_id);
ALTER TABLE decisions DROP COLUMN turn;
