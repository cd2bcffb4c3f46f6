#!/usr/bin/env bash
# The programs that tests run beside docker. As root on Debian the missing ones are installed; on any other machine they
# are only named: their tests then skip and say so, or fail where CI=true.
set -euo pipefail

has() { command -v "$1" >/dev/null; }

missing=()
# Debian's redis-tools holds the server too (redis-check-rdb is the same program) and starts no service.
has redis-server || has redis-check-rdb || missing+=(redis-tools)
[[ -n ${OBSDEPLOY_CHROMIUM:-} ]] || has chromium || has google-chrome || missing+=(chromium)
((${#missing[@]})) || exit 0

if [[ $EUID -eq 0 ]] && grep -qx 'ID=debian' /etc/os-release; then
    echo "packages: installing Debian's ${missing[*]} for the tests"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
else
    echo "packages: for all tests install ${missing[*]} (Debian's names)"
fi
