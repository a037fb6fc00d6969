//go:build unix

package store

import (
	"fmt"
	"os"
	"syscall"
)

// lockFile holds an exclusive lock beside a SQLite file; the system frees it when the
// process dies.
func (s *Store) lockFile() (unlock func(), err error) {
	if s.driver != "sqlite" {
		return func() {}, nil
	}
	f, err := os.OpenFile(s.path+".migrate", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: migration lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("store: migration lock: %w", err)
	}
	return func() { _ = f.Close() }, nil // closing frees the lock; nothing was written
}
