#!/usr/bin/env bash
# Makes the virtual environment: venv.sh PYTHON DIR
set -euo pipefail
python=$1 venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "error: obsdeploy needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1)" >&2
  echo "  Install one and say: make PYTHON=python3.12 ..." >&2
  exit 3
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
    echo "Installing Debian's python3-venv, which this Python lacks."
    apt-get update -q && apt-get install -qy --no-install-recommends python3-venv
  else
    echo "error: '$python' has no ensurepip, so no virtual environment can be made" >&2
    echo "  Debian and Ubuntu: sudo apt-get install python3-venv" >&2
    exit 3
  fi
fi
"$python" -m venv "$venv"
"$venv/bin/pip" install -q --upgrade 'pip>=25.1'
"$venv/bin/pip" install -q --constraint constraints.txt --editable . --group dev
