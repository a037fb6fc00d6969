//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"countersign/internal/testkit/servers"
)

// machine is where packages may be missing.
type machine struct {
	debian bool // apt-get and dpkg-query are there
	root   bool
	policy string // the file that keeps a new package's service from starting
	log    io.Writer
	pause  time.Duration // between the two tries of an installation
}

func thisMachine(log io.Writer) machine {
	_, errApt := exec.LookPath("apt-get")
	_, errQuery := exec.LookPath("dpkg-query")
	return machine{
		debian: errApt == nil && errQuery == nil,
		root:   os.Geteuid() == 0,
		policy: "/usr/sbin/policy-rc.d",
		log:    log,
		pause:  5 * time.Second,
	}
}

// provide sees to it that what the order needs is installed.
func provide(ctx context.Context, m machine, o order) error {
	var packages []string
	err := servers.Check(o.servers)
	missing, isMissing := errors.AsType[*servers.MissingError](err)
	switch {
	case isMissing:
		packages = missing.Packages
	case err != nil:
		return err
	}
	for _, name := range o.install {
		if !m.installed(ctx, name) {
			packages = append(packages, name)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	if !m.debian || !m.root {
		return m.explain(packages)
	}
	if err := m.install(ctx, packages); err != nil {
		return err
	}
	return servers.Check(o.servers)
}

// installed asks dpkg. Elsewhere than on Debian it cannot know, and says no.
func (m machine) installed(ctx context.Context, name string) bool {
	if !m.debian {
		return false
	}
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f=${db:Status-Status}", "--", name).Output()
	return err == nil && string(out) == "installed"
}

// explain says what is missing and how to get it.
func (m machine) explain(packages []string) error {
	list := strings.Join(packages, " ")
	how := "\n  Debian, Ubuntu:  sudo apt-get install --no-install-recommends " + list +
		"\n  elsewhere:       the same software under the names your system gives it, in PATH"
	if strings.Contains(list, "mariadb") || strings.Contains(list, "redis") {
		how += "\n  macOS:           brew install mariadb redis"
	}
	return errors.New("not installed: " + list + how)
}

// install has apt install the packages, in a second try too: the network or
// another apt may be in the way for a moment.
func (m machine) install(ctx context.Context, packages []string) error {
	fmt.Fprintln(m.log, "run: installing", strings.Join(packages, ", "))
	restore, err := m.keepServicesDown()
	if err != nil {
		return err
	}
	err = m.tryInstall(ctx, packages)
	if err != nil {
		fmt.Fprintf(m.log, "run: %v\nrun: once more\n", err)
		select {
		case <-time.After(m.pause):
			err = m.tryInstall(ctx, packages)
		case <-ctx.Done():
		}
	}
	return errors.Join(err, restore())
}

func (m machine) tryInstall(ctx context.Context, packages []string) error {
	if err := apt(ctx, "update"); err != nil {
		return err
	}
	return apt(ctx, append([]string{"install", "-y", "--no-install-recommends", "--"}, packages...)...)
}

// apt runs apt-get and returns what it printed if it fails. It is interrupted
// rather than killed, which would leave a package half configured.
func apt(ctx context.Context, args ...string) error {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-q", "-o", "DPkg::Lock::Timeout=300"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out.String())
	}
	return nil
}

// keepServicesDown tells Debian, for the time of an installation, not to start
// the services it installs: the tests start their own. A policy that is there
// already stays as it is.
func (m machine) keepServicesDown() (restore func() error, err error) {
	file, err := os.OpenFile(m.policy, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) //nolint:gosec // it is a program
	if errors.Is(err, fs.ErrExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keep new services from starting: %w", err)
	}
	_, err = file.WriteString("#!/bin/sh\n# Written by countersign's internal/testkit/run while it installs packages.\nexit 101\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(m.policy))
	}
	return func() error { return os.Remove(m.policy) }, nil
}
