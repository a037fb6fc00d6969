-- +goose Up
ALTER TABLE reviews ADD KEY ix_reviews_flow_id_state (flow_id, state);

-- +goose Down
ALTER TABLE reviews DROP KEY ix_reviews_flow_id_state;
