#!/usr/bin/env bash
# `make up`: sets up what it needs, then runs the installed command.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/host/docker.sh ensure
bundle=$(scripts/bundle.sh)
exec .venv/bin/obsdeploy up --demo ${bundle:+--bundle "$bundle"} "$@"
