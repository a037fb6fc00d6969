package config

import (
	"regexp"
	"strings"
)

const (
	envPrefix = "COUNTERSIGN_"
	// envFile names the YAML file when --config does not.
	envFile = envPrefix + "CONFIG"
	// fileSuffix makes the key of a secret the key of a file that holds it.
	fileSuffix = "_file"
)

// envName is the environment's name of a key: http.addr is COUNTERSIGN_HTTP_ADDR.
func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// environment gives our names in environ with their values. An empty value
// counts as not set, because compose files and manifests pass on unset
// variables that way. Of a name given twice the first counts, as for os.Getenv.
func environment(environ []string) map[string]string {
	found := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		_, seen := found[name]
		if !seen && value != "" && strings.HasPrefix(name, envPrefix) && !foreign(name, value) {
			found[name] = value
		}
	}
	return found
}

// serviceLink matches what Kubernetes puts into every container of a namespace
// that has a Service called countersign or countersign-something.
var serviceLink = regexp.MustCompile(
	`^COUNTERSIGN_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// serviceURL is the value of COUNTERSIGN_PORT, from the same source.
var serviceURL = regexp.MustCompile(`^(tcp|udp|sctp)://`)

// foreign says whether a name with our prefix was put there by somebody else:
// Kubernetes, or our own test rig (COUNTERSIGN_TEST_…).
func foreign(name, value string) bool {
	return strings.HasPrefix(name, envPrefix+"TEST_") ||
		serviceLink.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && serviceURL.MatchString(value)
}
