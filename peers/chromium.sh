#!/usr/bin/env bash
# Installs Chromium, in which the tests of examples/hub look at its pages.
set -euo pipefail
peer=chromium
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

require_debian_root
command -v chromium >/dev/null || install_packages chromium
say "$(chromium --version 2>/dev/null)"
