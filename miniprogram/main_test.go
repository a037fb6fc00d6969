package miniprogram

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also checks that no goroutine outlives the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	door().CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
