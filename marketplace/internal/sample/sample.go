// Package sample finds the recorded payloads that tests decode. They are not part of the
// repository: a test that needs them skips where they are absent.
package sample

import (
	"os"
	"path/filepath"
	"testing"
)

// Folder returns the folder with one channel's payloads, or skips the test. It is the
// sub-folder of RETAILSYNC_DATA, or of shared/data beside the repository.
func Folder(t testing.TB, channel string) string {
	t.Helper()
	root := os.Getenv("RETAILSYNC_DATA")
	if root == "" {
		root = filepath.Join(top(t), "..", "shared", "data")
	}
	folder := filepath.Join(root, channel)
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no recorded payloads of %s: set RETAILSYNC_DATA to their folder", channel)
	}
	return folder
}

// Read returns one file.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// top is the repository's folder: the nearest one above that holds go.work.
func top(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.work")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Skip("not inside the repository")
		}
		folder = parent
	}
}
