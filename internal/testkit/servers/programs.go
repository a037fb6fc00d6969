//go:build unix

package servers

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// programs maps a program's name to where it lies.
type programs map[string]string

// packageOf names the Debian package that brings a program.
var packageOf = map[string]string{
	"mariadbd":           "mariadb-server",
	"mariadb-install-db": "mariadb-server",
	"redis-server":       "redis-server",
}

// MissingError says which programs are not installed.
type MissingError struct {
	Programs []string // as they would be found in PATH
	Packages []string // the Debian packages that bring them, each once
}

// Error names the programs.
func (e *MissingError) Error() string {
	return "servers: not installed: " + strings.Join(e.Programs, ", ")
}

// Check returns a *MissingError when a program that opt needs is not installed.
func Check(opt Options) error {
	_, err := find(opt)
	return err
}

func find(opt Options) (programs, error) {
	var names []string
	if opt.MariaDB {
		names = append(names, "mariadb-install-db", "mariadbd")
	}
	if opt.Redis {
		names = append(names, "redis-server")
	}
	found := programs{}
	missing := &MissingError{}
	for _, name := range names {
		if path, ok := lookUp(name); ok {
			found[name] = path
			continue
		}
		missing.Programs = append(missing.Programs, name)
		if p := packageOf[name]; len(missing.Packages) == 0 || missing.Packages[len(missing.Packages)-1] != p {
			missing.Packages = append(missing.Packages, p)
		}
	}
	if len(missing.Programs) > 0 {
		return nil, missing
	}
	return found, nil
}

// lookUp searches PATH and then the sbin folders, which Debian leaves out of
// an ordinary user's PATH although mariadbd lies there.
func lookUp(name string) (string, bool) {
	for _, dir := range []string{"", "/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, true
		}
	}
	return "", false
}
