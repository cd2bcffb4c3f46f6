#!/usr/bin/env bash
# `make test`: every test. Without docker the end-to-end tests skip, visibly; with CI=true nothing may be skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/host/packages.sh
if scripts/host/docker.sh ensure; then
  OBSDEPLOY_BUNDLE=$(scripts/bundle.sh)
  export OBSDEPLOY_BUNDLE=${OBSDEPLOY_BUNDLE:-none}
elif [ "${CI:-}" = true ]; then
  exit 3
fi
exec .venv/bin/pytest "$@"
