// Package web holds the pages that the server renders itself, and their assets.
package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"sync"
)

//go:embed pages
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

// Asset reads a style sheet or script of ours.
func Asset(name string) ([]byte, error) { return files.ReadFile("pages/" + name) }
