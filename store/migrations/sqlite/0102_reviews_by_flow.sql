-- +goose Up
CREATE INDEX ix_reviews_flow_id_state ON reviews (flow_id, state);

-- +goose Down
DROP INDEX ix_reviews_flow_id_state;
