package douyin

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain also checks that no goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
