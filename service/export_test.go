package service

import (
	"context"

	"countersign/model"
)

// WriteCSV is for the test of the cells.
var WriteCSV = writeCSV

// Pin is for the test of the anchors.
var Pin = pin

// WhileLeased is for the test of a relay that stalls.
func (r Relay) WhileLeased(ctx context.Context, m model.OutboxMessage) (context.Context, context.CancelFunc, bool) {
	return r.whileLeased(ctx, m)
}
