package servers

import (
	"os"
	"syscall"
)

const (
	memoryDisk  = "/dev/shm"
	memoryLeast = 4 << 30 // bytes free: the servers and every test's folders fit in half of it
	tmpfs       = 0x01021994
	noExec      = 0x8
)

// tempRoot is where temporary files lie: on a memory disk when there is one with room on
// which programs may run. What makes a commit durable costs nothing there, so that it
// stays switched on. "" is the system's usual place; whoever sets TMPDIR decides himself.
func tempRoot() string {
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memoryDisk, &fs) != nil {
		return ""
	}
	if fs.Type != tmpfs || fs.Flags&noExec != 0 || fs.Bavail*uint64(fs.Bsize) < memoryLeast { //nolint:gosec // a block has a size
		return ""
	}
	return memoryDisk
}
