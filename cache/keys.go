package cache

// key names one thing in Redis. The braces are a hash tag: a Cluster places all
// keys of the same id on one node, so a script may use several of them.
func key(id, use string) string { return "cs:{" + id + "}:" + use }
