-- +goose Up
-- One answer for each time that a turn is open, and one that ends a step each time that
-- it is open: an answer that was taken back stays, and the next one has the next number.
ALTER TABLE decisions
  ADD COLUMN turn INT NOT NULL DEFAULT 1,
  MODIFY COLUMN settles INT,
  DROP KEY uq_decisions_task_id,
  ADD UNIQUE KEY uq_decisions_task_id_turn (task_id, turn);

-- +goose Down
ALTER TABLE decisions
  DROP KEY uq_decisions_task_id_turn,
  ADD UNIQUE KEY uq_decisions_task_id (task_id),
  MODIFY COLUMN settles TINYINT(1),
  DROP COLUMN turn;
