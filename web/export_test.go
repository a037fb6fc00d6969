package web

// Key is what a page is kept under.
func Key(p ScanPage) string { return p.key() }
