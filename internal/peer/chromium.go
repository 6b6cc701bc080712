package peer

import (
	"os"
	"os/exec"
	"testing"
)

// Chromium returns the program of a Chromium, or of a Chrome, that can run without a screen; it skips the test if there is none. The variable
// RETAILSYNC_CHROMIUM_PATH names it.
func Chromium(t testing.TB) string {
	t.Helper()
	unlessOff(t)
	for _, name := range []string{os.Getenv("RETAILSYNC_CHROMIUM_PATH"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	absent(t, "chromium", "make chromium", "RETAILSYNC_CHROMIUM_PATH")
	return ""
}
