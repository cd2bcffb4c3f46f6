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
# What needs no cluster is tested while the clusters come up, which is mostly waiting. As a job of its own (-m) it can be
# interrupted like any other; without, the shell would have it and all that it starts ignore that.
checked=$(mktemp)
set -m
make --no-print-directory check >"$checked" 2>&1 &
check=$!
set +m
trap 'kill -- "-$check" 2>/dev/null || true; rm -f "$checked"' EXIT
# Two clusters at once, as most of the time each waits for something.
.venv/bin/pytest -n 2 --durations=25 tests/looks tests/e2e || passed=false
wait "$check" || passed=false
cat "$checked"
$passed
