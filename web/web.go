// Package web holds the pages that the server renders itself, and their assets.
package web

import (
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"sync"
)

//go:embed pages swagger
var files embed.FS

var pages = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(files, "pages/*.html") })

// Render writes a page; everything in data is escaped.
func Render(w io.Writer, name string, data any) error {
	t, err := pages()
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	return t.ExecuteTemplate(w, name, data)
}

// Asset reads a style sheet or script: of ours, or of Swagger UI.
func Asset(name string) ([]byte, error) {
	if !slices.Contains(SwaggerFiles(), name) {
		return files.ReadFile("pages/" + name)
	}
	f, err := files.Open("swagger/" + name + ".gz")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return io.ReadAll(z)
}

// SwaggerFiles are those of Swagger UI (Apache-2.0) that the page loads, out of the
// module that a test compares them with: the module as a whole would make the program
// 11 MB larger.
func SwaggerFiles() []string { return []string{"swagger-ui.css", "swagger-ui-bundle.js"} }
