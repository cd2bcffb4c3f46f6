#!/usr/bin/env bash
# Says on stdout which offline bundle to use: nothing where the upstream charts and images can be had, else the
# folder of a bundle that lab/ builds here, once. OBSDEPLOY_BUNDLE=DIR overrides, OBSDEPLOY_BUNDLE=none means upstream.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${OBSDEPLOY_BUNDLE:-}" in
  none) exit 0 ;;
  ?*) echo "$OBSDEPLOY_BUNDLE"; exit 0 ;;
esac
if .venv/bin/python scripts/registries.py >&2; then exit 0; fi
{
  echo "The upstream charts and images can't be had from here (above): building the offline bundle with lab/."
  echo "That is done once and takes about half an hour on two cores; an interrupted build goes on where it was."
  .venv/bin/python -m lab build
} >&2
.venv/bin/python -m lab path
