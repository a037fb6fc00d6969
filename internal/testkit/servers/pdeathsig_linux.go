package servers

import "syscall"

// dieWithParent makes the kernel kill the child when the thread that forked it
// ends, which closes the moment between its start and the guard's knowing it.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
