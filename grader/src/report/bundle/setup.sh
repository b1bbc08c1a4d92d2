#!/usr/bin/env bash
# Gradescope runs this as root, once, when it builds the autograder's image from
# Ubuntu: it installs Rust and builds the kernel and the grader, which takes
# about a quarter of an hour on two cores.
set -euo pipefail

BUNDLE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HOME=${HOME:-/root} DEBIAN_FRONTEND=noninteractive

main() {
    apt-get update
    # bubblewrap confines what students hand in.
    apt-get install -y --no-install-recommends \
        bubblewrap build-essential ca-certificates curl libzmq3-dev pkg-config python3 python3-venv
    ensure_python
    ensure_rust
    # Not every tool that unpacks an archive keeps who may execute what.
    chmod +x "$BUNDLE/project/install.sh"
    "$BUNDLE/project/install.sh" --no-lab
    "$BUNDLE/project/.venv/bin/twoaxes-grader" --version
}

# Ubuntu 22.04 has Python 3.11 beside its own 3.10.
ensure_python() {
    ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || return 0
    apt-get install -y --no-install-recommends python3.11 python3.11-venv || {
        echo "setup.sh: choose Ubuntu 22.04 or later as the base image; this one has no Python 3.11" >&2
        return 1
    }
}

ensure_rust() {
    PATH=$HOME/.cargo/bin:$PATH
    ! command -v rustup >/dev/null || return 0
    curl --proto '=https' --tlsv1.2 --silent --show-error --fail --retry 3 --output /tmp/rustup.sh https://sh.rustup.rs
    sh /tmp/rustup.sh -y --no-modify-path --profile minimal --component rust-src
    rm /tmp/rustup.sh
}

main
