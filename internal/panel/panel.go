// Package panel is being built.
package panel

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed all:dist
var files embed.FS

// Handler serves the build.
func Handler() http.Handler {
	root, _ := fs.Sub(files, "dist")
	return http.StripPrefix("/", http.FileServerFS(root))
}
