//go:build unix && !linux

package servers

import "syscall"

// dieWithParent does nothing: only Linux has a death signal. The guard alone
// ends the children here.
func dieWithParent(*syscall.SysProcAttr) {}
