#!/usr/bin/env bash
# `make bench`: deletes obsdeploy's own cluster, measures, and leaves the demo running.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/host/docker.sh ensure
bundle=$(scripts/bundle.sh)
exec .venv/bin/python -m bench ${bundle:+--bundle "$bundle"} "$@"
