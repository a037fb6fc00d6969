//go:build unix && !linux

package servers

// tempRoot is the system's usual place for temporary files: only Linux has a memory disk
// at a known one.
func tempRoot() string { return "" }
