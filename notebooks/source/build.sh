#!/usr/bin/env bash
# What an author of notebooks runs: brings the source notebooks into form, makes
# the students' edition from them, and checks both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
    cat <<'TEXT'
usage: notebooks/source/build.sh [options]

Brings notebooks/source into form (questions as the bank has them, roles, no
outputs), makes the students' notebooks in notebooks/, and checks both: valid
nbformat, ids, metadata, links, spelling.

  --check      write nothing; fail if something would change
  --html DIR   also run the notebooks and write pages to DIR that need no Jupyter
  --help       this text

Needs what ./install.sh sets up, and hunspell with British English (Debian:
apt-get install hunspell hunspell-en-gb).
TEXT
}

main() {
    local check=() html=
    while [ $# -gt 0 ]; do
        case $1 in
            --check) check=(--check) ;;
            --html)
                [ $# -ge 2 ] || fail "--html needs a folder." "notebooks/source/build.sh --help lists the options."
                html=$2
                shift
                ;;
            -h | --help)
                usage
                return
                ;;
            *) fail "Unknown option: $1" "notebooks/source/build.sh --help lists the options." ;;
        esac
        shift
    done
    [ -x .venv/bin/python ] || fail "There is no .venv." "Run ./install.sh --no-lab first."
    # As in ./install.sh: what is compiled there must not be compiled again here.
    unset CARGO_BUILD_TARGET CI
    export CARGO_TARGET_DIR=$PWD/target
    cargo build --quiet --release --locked --workspace --bins
    local grader=target/release/twoaxes-grader
    "$grader" format notebooks/source "${check[@]}" ||
        fail "The source notebooks are not in form." "Run notebooks/source/build.sh without --check."
    # With --check also the proof: solutions earn all points, and stubs none.
    "$grader" release notebooks/source --out notebooks --kernel .venv/bin/twoaxes-kernel "${check[@]}" ||
        fail "The students' notebooks are not made from the source, or not worth its points." \
            "Run notebooks/source/build.sh without --check, then look at what is still named above."
    .venv/bin/python notebooks/source/build/check.py
    [ -z "$html" ] || JUPYTER_PATH=$PWD/.venv/share/jupyter .venv/bin/python notebooks/source/build/pages.py "$html"
}

fail() { # fail MESSAGE HINT
    printf '\nbuild.sh: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

main "$@"
