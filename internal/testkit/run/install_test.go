//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeApt puts an apt-get and a dpkg-query in front of the real ones. The
// first fails as often as the file "failures" has lines, and notes its
// arguments and whether the policy against services is in force in "calls".
func fakeApt(t *testing.T, failures int) (m machine, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("failures", strings.Repeat("x\n", failures))
	write("apt-get", `#!/bin/sh
cd "`+dir+`"
echo "$* policy=$(test -x policy && echo yes)" >>calls
if [ -s failures ]; then sed -i 1d failures; echo "no network"; exit 100; fi
`)
	write("dpkg-query", `#!/bin/sh
for last; do :; done
[ "$last" = present ] && printf installed
`)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	m = machine{debian: true, root: true, policy: filepath.Join(dir, "policy"), log: io.Discard}
	return m, func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return strings.ReplaceAll(string(text), "-q -o DPkg::Lock::Timeout=300 ", "")
	}
}

const (
	updateCall  = "update policy=yes\n"
	installCall = "install -y --no-install-recommends -- absent policy=yes\n"
)

func TestInstall(t *testing.T) {
	for _, tc := range []struct {
		name     string
		failures int
		want     string
		fails    bool
	}{
		{"at once", 0, updateCall + installCall, false},
		{"in the second try", 1, updateCall + updateCall + installCall, false},
		{"not at all", 2, updateCall + updateCall, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, calls := fakeApt(t, tc.failures)
			err := provide(t.Context(), m, order{install: []string{"present", "absent"}})
			if (err != nil) != tc.fails {
				t.Errorf("provide: %v", err)
			}
			if tc.fails && !strings.Contains(err.Error(), "no network") {
				t.Errorf("apt's own words are missing: %v", err)
			}
			if got := calls(); got != tc.want {
				t.Errorf("calls\n got %q\nwant %q", got, tc.want)
			}
			if _, err := os.Stat(m.policy); err == nil {
				t.Error("the policy against services was left behind")
			}
		})
	}
}

func TestNothingIsCalledWhenNothingIsMissing(t *testing.T) {
	m, calls := fakeApt(t, 0)
	if err := provide(t.Context(), m, order{install: []string{"present"}}); err != nil || calls() != "" {
		t.Errorf("provide: %v, calls %q", err, calls())
	}
}

func TestPolicyOfTheMachineStays(t *testing.T) {
	m, _ := fakeApt(t, 0)
	if err := os.WriteFile(m.policy, []byte("theirs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := provide(t.Context(), m, order{install: []string{"absent"}}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(m.policy); string(text) != "theirs" {
		t.Errorf("policy %q, %v", text, err)
	}
}

func TestWithoutTheRightsItIsExplained(t *testing.T) {
	for name, change := range map[string]func(*machine){
		"not root":   func(m *machine) { m.root = false },
		"not Debian": func(m *machine) { m.debian = false },
	} {
		t.Run(name, func(t *testing.T) {
			m, calls := fakeApt(t, 0)
			change(&m)
			err := provide(t.Context(), m, order{install: []string{"absent"}})
			if err == nil || !strings.Contains(err.Error(), "sudo apt-get install --no-install-recommends absent") {
				t.Errorf("provide: %v", err)
			}
			if calls() != "" {
				t.Errorf("calls %q", calls())
			}
		})
	}
}
