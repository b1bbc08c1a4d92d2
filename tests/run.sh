#!/usr/bin/env bash
# Every test of the project, on a machine that may have nothing but Rust and
# Python. With names, only those steps: tests/run.sh rust wire
# tests/run.sh --help lists the steps.
#
# One target directory and one profile (release) for all of it, so that evcxr
# is compiled once; each step has a time limit; all steps run, whatever fails.
set -uo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1

# ./install.sh builds there too.
export CARGO_TARGET_DIR=$ROOT/target
export CARGO_TERM_COLOR=never
# As in ./install.sh: what is compiled there must not be compiled again here.
unset CARGO_BUILD_TARGET CI
# Snapshots are compared and never rewritten.
export INSTA_UPDATE=no
TEST_VENV=$ROOT/target/test-venv
NBGRADER_VENV=$ROOT/target/nbgrader-venv
DASK_VENV=$ROOT/target/dask-venv
EVERYWHERE_VENV=$ROOT/target/everywhere-venv
EVERYWHERE_PROXY=$ROOT/target/everywhere-proxy
SCREENSHOTS=$ROOT/target/screenshots

STEPS=(format install lint docs rust doctest tidy messages suite machines wire grading notebooks course nbgrader dask everywhere browser)

# The command and time limit in seconds of each step. Limits are several times
# what a machine with 2 cores takes.
run_step() {
    case $1 in
        format) limited 120 cargo fmt --all --check ;;
        install) limited 2400 ./install.sh --no-lab ;;
        lint) lint_rust && lint_shell ;;
        docs) RUSTDOCFLAGS='-D warnings' limited 900 cargo doc --workspace --no-deps --release --locked ;;
        rust) rust_tests ;;
        doctest) limited 900 cargo test --workspace --doc --release --locked ;;
        tidy) python_tests 300 tests/tidy ;;
        messages) python_tests 300 tests/install ;;
        suite) python_tests 600 tests/kernel_suite ;;
        machines) limited 1800 cargo build --workspace --example real_runs --release --locked && python_tests 600 tests/machines ;;
        wire) ensure_command bwrap bubblewrap && python_tests 2400 tests/wire ;;
        grading) ensure_command bwrap bubblewrap && python_tests 1500 tests/grading ;;
        notebooks) python_tests 1500 tests/notebooks ;;
        course) ensure_command bwrap bubblewrap && ensure_command hunspell hunspell hunspell-en-gb && limited 900 notebooks/source/build.sh --check ;;
        nbgrader) ensure_venv "$NBGRADER_VENV" tests/nbgrader/requirements.txt && python_tests 900 tests/nbgrader ;;
        dask) ensure_venv "$DASK_VENV" tests/dask/requirements.txt && python_tests 900 tests/dask ;;
        everywhere) ensure_venv "$EVERYWHERE_VENV" tests/everywhere/requirements.txt && ensure_proxy && python_tests 900 tests/everywhere ;;
        browser) ensure_command chromium chromium fonts-dejavu-core && python_tests 1200 tests/browser ;;
        *)
            echo "There is no step '$1'; there are: ${STEPS[*]}"
            return 1
            ;;
    esac
}

help() {
    cat <<'END'
usage: tests/run.sh [STEP...]

Runs the named steps, or all of them in this order:

  format     Rust code is formatted
  install    install.sh puts the kernel and its Python packages into .venv
  lint       clippy and shellcheck find nothing
  docs       rustdoc has no warnings
  rust       unit and integration tests of all crates
  doctest    the examples in the documentation
  tidy       layering, and habits that a compiler does not check
  messages   what install.sh says when something is missing
  suite      jupyter_kernel_test, the protocol's own suite
  machines   real runs on one CPU, with half a CPU, beside a busy neighbour, ..
  wire       the kernel over the real protocol
  grading    submissions are graded in the sandbox: attacks, strange files, runs
             that are cut off
  notebooks  every notebook runs from its first cell to its last, and every
             exercise tells its solution from wrong ones
  course     notebooks are in form, made from their source, and spelt right
  nbgrader   the real nbgrader makes the same release and comes to the same
             scores, in an environment of its own
  dask       a cluster of two workers, one of which is killed, comes to the same
             grades as this machine alone
  everywhere papermill, nbconvert, a console, Jupyter Notebook and JupyterHub with
             two users run cells, in an environment of their own
  browser    a student's way through each chapter in JupyterLab, in Chromium

suite, wire, notebooks, course, nbgrader, dask, everywhere and browser need what
install has built.
END
}

main() {
    case ${1:-} in
        -h | --help)
            help
            return 0
            ;;
    esac
    local chosen=("${STEPS[@]}") step started failed=() all_started=$SECONDS
    [ $# -eq 0 ] || chosen=("$@")
    for step in "${chosen[@]}"; do
        started=$SECONDS
        echo "==> $step"
        if run_step "$step"; then
            echo "==> $step: ok, $((SECONDS - started)) s"
        else
            echo "==> $step: FAILED, $((SECONDS - started)) s"
            failed+=("$step")
        fi
    done
    local took
    took=$(printf '%d:%02d' $(((SECONDS - all_started) / 60)) $(((SECONDS - all_started) % 60)))
    if [ ${#failed[@]} -gt 0 ]; then
        echo "tests/run.sh: FAILED: ${failed[*]} (of ${#chosen[@]} steps, $took)"
        exit 1
    fi
    echo "tests/run.sh: all ${#chosen[@]} steps passed ($took)"
}

limited() { # limited SECONDS COMMAND...
    local limit=$1 status
    shift
    timeout --kill-after=20 "$limit" "$@"
    status=$?
    [ $status -ne 124 ] || echo "stopped after $limit s: $*"
    return $status
}

lint_rust() {
    limited 1800 cargo clippy --workspace --all-targets --release --locked -- -D warnings &&
        limited 900 cargo clippy --package twoaxes --lib --features gpu --release --locked -- -D warnings
}

lint_shell() {
    ensure_command shellcheck shellcheck || return 1
    limited 60 shellcheck install.sh tests/run.sh tests/lock.sh notebooks/source/build.sh .ci/run \
        grader/src/report/bundle/setup.sh grader/src/report/bundle/run_autograder
}

rust_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        limited 2400 cargo nextest run --workspace --release --locked --no-fail-fast
    else
        limited 2400 cargo test --workspace --lib --bins --tests --release --locked --no-fail-fast
    fi
}

python_tests() { # python_tests SECONDS FOLDER
    ensure_venv "$TEST_VENV" tests/requirements.txt || return 1
    JUPYTER_PATH=$ROOT/.venv/share/jupyter TWOAXES_SCREENSHOTS=$SCREENSHOTS \
        limited "$1" "$TEST_VENV/bin/python" -m pytest -c tests/pytest.ini -q "$2"
}

# Apart from .venv, which is the user's.
ensure_venv() { # ensure_venv FOLDER REQUIREMENTS
    local wanted
    wanted=$(sha256sum "$2" | cut -d ' ' -f 1)
    [ "$(cat "$1/requirements" 2>/dev/null)" != "$wanted" ] || return 0
    echo "installing $2 from PyPI"
    rm -rf "$1"
    python3 -m venv "$1" &&
        limited 900 "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$2" &&
        echo "$wanted" >"$1/requirements"
}

# JupyterHub's own proxy, by the npm of that environment.
ensure_proxy() {
    local wanted
    wanted=$(sha256sum tests/everywhere/proxy/package-lock.json | cut -d ' ' -f 1)
    [ "$(cat "$EVERYWHERE_PROXY/lock" 2>/dev/null)" != "$wanted" ] || return 0
    echo "installing tests/everywhere/proxy from npm"
    rm -rf "$EVERYWHERE_PROXY"
    mkdir -p "$EVERYWHERE_PROXY" &&
        cp tests/everywhere/proxy/package*.json "$EVERYWHERE_PROXY/" &&
        (cd "$EVERYWHERE_PROXY" && PATH=$EVERYWHERE_VENV/bin:$PATH limited 300 \
            npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) &&
        echo "$wanted" >"$EVERYWHERE_PROXY/lock"
}

ensure_command() { # ensure_command COMMAND DEBIAN_PACKAGE...
    local command=$1 as_root=() log
    shift
    ! command -v "$command" >/dev/null || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "$command is missing: install your distribution's package (Debian: apt-get install $1)"
            return 1
        fi
        as_root=(sudo -n)
    fi
    echo "installing Debian's $1"
    mkdir -p target
    log=target/apt-$1.log
    { limited 600 "${as_root[@]}" apt-get update &&
        limited 900 "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 ||
        {
            echo "$command could not be installed; the end of $log:"
            tail -n 20 "$log"
            return 1
        }
}

{ main "$@"; exit; }
