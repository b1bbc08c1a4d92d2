#!/usr/bin/env bash
# Makes the hashed requirement lists anew from their .in files, and the lock of
# JupyterHub's proxy with npm. The lists hold for Python 3.11 and later, on x86-64
# and aarch64, hence --universal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p target
tools=$PWD/target/lock-venv
[ -x "$tools/bin/uv" ] || { python3 -m venv "$tools" && "$tools/bin/pip" -q install uv; }

lock() { # lock IN OUT
    "$tools/bin/uv" --quiet pip compile --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --upgrade \
        --custom-compile-command "tests/lock.sh" --output-file "$2" "$1"
}
lock requirements.in requirements.txt
(cd tests && lock requirements.in requirements.txt)
(cd tests/nbgrader && lock requirements.in requirements.txt)
(cd tests/dask && lock requirements.in requirements.txt)
(cd tests/everywhere && lock requirements.in requirements.txt)
(cd tests/everywhere/proxy && npm update --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error)
