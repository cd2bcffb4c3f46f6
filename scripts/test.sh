#!/usr/bin/env bash
# `make test`: every test. Without docker the end-to-end tests skip, visibly; with CI=true nothing may be skipped.
# `scripts/test.sh ARGUMENTS` runs pytest with those instead of the choice below.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/host/packages.sh
if scripts/host/docker.sh ensure; then
  OBSDEPLOY_BUNDLE=$(scripts/bundle.sh)
  export OBSDEPLOY_BUNDLE=${OBSDEPLOY_BUNDLE:-none}
elif [ "${CI:-}" = true ]; then
  exit 3
fi
(($#)) && exec .venv/bin/pytest "$@"
passed=true
make --no-print-directory check || passed=false
# Two clusters at once, as most of the time each waits for something.
.venv/bin/pytest -n 2 --durations=25 tests/looks tests/e2e || passed=false
$passed
