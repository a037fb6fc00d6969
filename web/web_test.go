package web_test

import (
	"bytes"
	"io/fs"
	"testing"

	swagger "github.com/swaggo/files/v2"

	"countersign/web"
)

// TestSwaggerUI: what we carry of it is what its module has. When the module is newer,
// write the files again: gzip -9n below web/swagger.
func TestSwaggerUI(t *testing.T) {
	t.Parallel()
	for _, name := range web.SwaggerFiles() {
		want, err := fs.ReadFile(swagger.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := web.Asset(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes, want %d", name, err, len(got), len(want))
		}
	}
	if _, err := web.Asset("swagger-ui.js"); err == nil {
		t.Error("a file that no page loads")
	}
}
