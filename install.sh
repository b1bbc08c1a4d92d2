#!/usr/bin/env bash
# Sets up everything a student or an instructor needs, then starts JupyterLab
# on notebooks/. Safe to run again at any time: each step looks at what is
# there, does only what is missing, and goes on where a failed run stopped.
#
# The order of the functions is the order in which they matter: main first.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TARGET=$ROOT/target
LOGS=$TARGET/install

usage() {
    cat <<'TEXT'
usage: ./install.sh [options]

Builds the Rust kernel, makes a Python environment with JupyterLab in .venv,
registers the kernel there and starts JupyterLab on notebooks/.

  --no-lab        set up only; print how to start JupyterLab later
  --port N        JupyterLab's port on 127.0.0.1 (8888; the next free one if taken)
  --prefix DIR    install into DIR instead of .venv; an environment or folder
                  that exists keeps its own packages
  --gpu           with the lanes of a GPU, for quadrants::gpu (about 30 more crates)
  --user          also register the kernel for every Jupyter of this user
  --uninstall     remove what was installed (with the same --prefix), nothing else
  --help          this text
TEXT
}

main() {
    read_options "$@"
    locate_files
    if [ "$uninstall" = yes ]; then
        remove_installation
        return
    fi
    check_platform
    check_rust
    check_python
    check_system_libraries
    check_disk
    take_lock
    build_kernel
    make_python_environment
    install_kernel
    register_kernel
    compile_notebooks
    if [ "$lab" = yes ]; then
        start_lab
    else
        say "Ready. Start JupyterLab with:  ${start_command}"
    fi
}

read_options() {
    lab=yes port=8888 prefix=$ROOT/.venv user=no uninstall=no features=()
    while [ $# -gt 0 ]; do
        case $1 in
            --no-lab) lab=no ;;
            --user) user=yes ;;
            --gpu) features=(--features gpu) ;;
            --uninstall) uninstall=yes ;;
            --port | --prefix)
                [ $# -ge 2 ] || fail "$1 needs a value." "./install.sh --help lists the options."
                if [ "$1" = --port ]; then port=$2; else prefix=$2; fi
                shift
                ;;
            --port=*) port=${1#*=} ;;
            --prefix=*) prefix=${1#*=} ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) fail "Unknown option: $1" "./install.sh --help lists the options." ;;
        esac
        shift
    done
    if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
        fail "--port takes a number from 1 to 65535, not '$port'."
    fi
    [ -n "$prefix" ] || fail "--prefix takes a folder, not an empty text."
}

# A prefix that we make is a Python environment itself. One that existed before
# us (~/.local, somebody's environment) gets the kernel only, and our Python
# packages stay in a folder of their own, so that nothing of theirs changes.
locate_files() {
    prefix=$(realpath -m -- "$prefix")
    case $prefix in
        / | "${HOME:-/}" | "$ROOT") fail "--prefix $prefix: choose a folder of its own, for example $prefix/.twoaxes." ;;
    esac
    state=$prefix/share/twoaxes-install
    if [ -e "$state/prefix-is-ours" ] || ! [ -e "$prefix" ] || [ -z "$(ls -A -- "$prefix" 2>/dev/null)" ]; then
        prefix_is_ours=yes venv=$prefix
    else
        prefix_is_ours=no venv=$prefix/share/twoaxes-lab
    fi
    user_kernels=${JUPYTER_DATA_DIR:-${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/jupyter}/kernels
    start_command="$(short_path "$venv/bin/jupyter") lab $(short_path "$ROOT/notebooks")"
    [ "$(id -u)" != 0 ] || start_command="$start_command --allow-root"
}

# ---- What must be there before we start -------------------------------------

check_platform() {
    local system machine
    system=$(uname -s) machine=$(uname -m)
    case $system-$machine in
        Linux-x86_64 | Linux-aarch64) ;;
        *) fail "twoaxes runs on Linux on x86-64 and aarch64; this is $system on $machine." \
            "On other systems, use it in a Linux virtual machine or container." ;;
    esac
}

check_rust() {
    if ! command -v rustc >/dev/null && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/rustc" ]; then
        PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    fi
    local needed found
    needed=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$ROOT/Cargo.toml" | head -n 1)
    if ! command -v rustc >/dev/null || ! command -v cargo >/dev/null; then
        fail "Rust is missing: twoaxes needs rustc and cargo $needed or later." \
            "Install it from https://rustup.rs, open a new terminal and run ./install.sh again."
    fi
    found=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9][0-9.]*\).*/\1/p')
    [ -n "$found" ] || fail "'rustc --version' does not answer." "Try 'rustup default stable', then ./install.sh again."
    if ! at_least "$found" "$needed"; then
        if command -v rustup >/dev/null; then
            fail "Rust $found is too old: twoaxes needs $needed or later." "Run 'rustup update stable', then ./install.sh again."
        fi
        fail "Rust $found is too old: twoaxes needs $needed or later." \
            "Install a newer one from https://rustup.rs and run ./install.sh again."
    fi
    check_rust_sources
    say "Rust $found"
}

# The kernel infers the types of your variables from the standard library's
# source, so that has to be there.
check_rust_sources() {
    local sysroot
    sysroot=$(rustc --print sysroot)
    [ ! -e "$sysroot/lib/rustlib/src/rust/library/std/src/lib.rs" ] || return 0
    command -v rustup >/dev/null ||
        fail "The Rust standard library's source (rust-src) is missing below $sysroot." \
            "Install your distribution's package for it (rust-src), or Rust from https://rustup.rs."
    say "Adding Rust's rust-src ..."
    run_logged rust-src rustup component add rust-src ||
        explain_failure rust-src "'rustup component add rust-src' failed." "Run it by hand to see why."
}

check_system_libraries() {
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    install_packages "$missing"
    missing=$(missing_packages)
    [ -z "$missing" ] || fail "Still missing after the installation: $missing"
}

# Names, in the words of this system's package manager, of what is not there.
missing_packages() {
    local names=()
    { command -v cc >/dev/null && command -v c++ >/dev/null; } || names+=("$(package_name compiler)")
    if ! command -v pkg-config >/dev/null; then
        names+=("$(package_name pkg-config)" "$(package_name zeromq)")
    elif ! pkg-config --exists libzmq; then
        names+=("$(package_name zeromq)")
    fi
    echo "${names[*]}"
}

package_manager() {
    local tool
    for tool in apt-get dnf pacman zypper; do
        if command -v "$tool" >/dev/null; then
            echo "$tool"
            return
        fi
    done
    echo none
}

package_name() { # package_name compiler|pkg-config|zeromq|venv
    case $(package_manager)-$1 in
        dnf-compiler | zypper-compiler) echo "gcc gcc-c++" ;;
        dnf-pkg-config) echo pkgconf-pkg-config ;;
        dnf-zeromq | zypper-zeromq) echo zeromq-devel ;;
        pacman-compiler) echo base-devel ;;
        pacman-pkg-config) echo pkgconf ;;
        pacman-zeromq) echo zeromq ;;
        *-compiler) echo build-essential ;;
        *-zeromq) echo libzmq3-dev ;;
        apt-get-venv) echo python3-venv ;;
        *-venv) echo python3 ;;
        *) echo "$1" ;;
    esac
}

# Installs packages where that is possible without asking anybody, or where a
# person sits before the terminal to give sudo's password. Else names them.
install_packages() { # install_packages "NAME NAME ..."
    local manager by_hand as_root=()
    manager=$(package_manager)
    case $manager in
        apt-get) by_hand="sudo apt-get install $1" ;;
        dnf) by_hand="sudo dnf install $1" ;;
        pacman) by_hand="sudo pacman -S $1" ;;
        zypper) by_hand="sudo zypper install $1" ;;
        none) fail "Missing: $1" "Install what your system calls these, then run ./install.sh again." ;;
    esac
    [ "$manager" = apt-get ] || fail "Missing: $1" "Run '$by_hand', then ./install.sh again."
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        elif command -v sudo >/dev/null && [ -t 0 ] && [ -t 2 ]; then
            say "The system packages $1 are missing; sudo will ask for your password."
            sudo true || fail "Missing: $1" "Run '$by_hand', then ./install.sh again."
            as_root=(sudo)
        else
            fail "Missing: $1" "Without root or sudo I can't install it. Ask for: $by_hand"
        fi
    fi
    say "Installing the system packages $1 ..."
    run_logged apt "${as_root[@]}" apt-get update || true # an old list of packages may still do
    # shellcheck disable=SC2086 # several names
    run_logged apt "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $1 ||
        explain_failure apt "The system packages $1 could not be installed." "Try by hand: $by_hand"
}

check_python() {
    find_python
    if [ "$python_without_venv" != "" ] && [ "$python" = "" ]; then
        if [ "$(package_manager)" = apt-get ] && [[ $(command -v "$python_without_venv") == /usr/bin/* ]]; then
            install_packages "$(package_name venv)"
            find_python
        fi
        [ -n "$python" ] || fail "$python_without_venv can't make virtual environments: its module venv or ensurepip is missing." \
            "Install $(package_name venv), then run ./install.sh again."
    fi
    [ -n "$python" ] || fail "Python 3.11 or later is missing${python_too_old:+ (found $python_too_old)}." \
        "Install it with your system's package manager, then run ./install.sh again."
    say "Python $("$python" -c 'import platform; print(platform.python_version())')"
}

find_python() {
    local candidate
    python='' python_without_venv='' python_too_old=''
    for candidate in python3 python3.13 python3.12 python3.11; do
        command -v "$candidate" >/dev/null || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python_too_old=$("$candidate" --version 2>&1 | head -n 1)
        elif ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
            python_without_venv=${python_without_venv:-$candidate}
        else
            python=$candidate
            return
        fi
    done
}

check_disk() {
    mkdir -p "$LOGS" 2>/dev/null || fail "Can't write to $TARGET." "Is the disk full, or the folder somebody else's?"
    local needed=1000
    [ -e "$TARGET/release/twoaxes-kernel" ] || needed=5000
    require_space "$TARGET" "$needed"
    [ -e "$venv/bin/jupyter" ] || require_space "$(nearest_folder "$prefix")" 1000
}

require_space() { # require_space FOLDER MEGABYTES
    local free
    free=$(df -Pk -- "$1" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$2" ] || fail "Not enough disk space below $1: $free MB are free, about $2 MB are needed."
}

nearest_folder() {
    local folder=$1
    until [ -d "$folder" ]; do folder=$(dirname "$folder"); done
    echo "$folder"
}

take_lock() {
    command -v flock >/dev/null || return 0
    exec 9>"$TARGET/install.lock"
    flock -n 9 || fail "Another ./install.sh is at work in this checkout." "Wait for it, then run this again."
}

# ---- Building ---------------------------------------------------------------

build_kernel() {
    binaries=(twoaxes-kernel)
    [ ! -e "$ROOT/grader/Cargo.toml" ] || binaries+=(twoaxes-grader)
    # A target chosen in the environment would put the results elsewhere. CI is
    # read by a crate deep below evcxr: with another value, all above it would be
    # compiled again. So would it be with the features that some of the packages
    # alone ask for, so all of the workspace is named.
    unset CARGO_BUILD_TARGET CI
    [ -e "$TARGET/release/twoaxes-kernel" ] ||
        say "Building the kernel: about 5 minutes on 2 cores, the first time only."
    with_progress build cargo build --manifest-path "$ROOT/Cargo.toml" --target-dir "$TARGET" \
        --release --locked --workspace --bins ||
        explain_failure build "The kernel could not be built." "The compiler's report is above."
    say "Kernel built"
}

# Runs a cargo command and says how far it is: on a terminal in one line that
# changes, elsewhere a line every 20 seconds.
with_progress() { # with_progress LOG COMMAND...
    local log=$LOGS/$1.log started=$SECONDS pid shown='' last_line=$SECONDS
    shift
    CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=100 CARGO_TERM_COLOR=never \
        "$@" >"$log" 2>&1 9>&- &
    pid=$!
    # shellcheck disable=SC2064 # this pid, not a later one
    trap "kill $pid 2>/dev/null || true; exit 130" INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        if [ -t 1 ]; then
            shown=$(progress_of "$log" $((SECONDS - started)))
            [ -z "$shown" ] || printf '\r\033[K  %s' "$shown"
        elif [ $((SECONDS - last_line)) -ge 20 ]; then
            last_line=$SECONDS
            shown=$(progress_of "$log" $((SECONDS - started)))
            [ -z "$shown" ] || say "  $shown"
        fi
        sleep 0.2
    done
    trap - INT TERM
    [ -z "$shown" ] || ! [ -t 1 ] || printf '\r\033[K'
    wait "$pid"
}

# cargo's own bar ends in 'done/all: names'.
progress_of() { # progress_of LOG SECONDS
    local counts
    counts=$(tail -c 2000 "$1" | tr '\r' '\n' | sed -n 's|.*\] \([0-9]*\)/\([0-9]*\).*|\1 of \2|p' | tail -n 1)
    if [ -n "$counts" ]; then
        printf 'compiled %s crates and steps, %d:%02d elapsed' "$counts" $(($2 / 60)) $(($2 % 60))
    elif tail -n 1 "$1" 2>/dev/null | grep -q 'Blocking waiting'; then
        printf 'waiting for another cargo, %d:%02d elapsed' $(($2 / 60)) $(($2 % 60))
    elif grep -q 'Downloading' "$1" 2>/dev/null; then
        printf 'downloading crates, %d:%02d elapsed' $(($2 / 60)) $(($2 % 60))
    fi
}

# ---- Python -----------------------------------------------------------------

make_python_environment() {
    local wanted
    wanted=$(cat "$ROOT/requirements.txt" <("$python" --version) | sha256sum | cut -d ' ' -f 1)
    if [ "$(cat "$state/requirements" 2>/dev/null)" = "$wanted" ] && "$venv/bin/python" -c 'import jupyterlab' 2>/dev/null; then
        say "JupyterLab is there"
        return
    fi
    record_state
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        local clear=()
        [ ! -e "$venv/pyvenv.cfg" ] || clear=(--clear) # half made by an earlier run
        run_logged venv "$python" -m venv "${clear[@]}" "$venv" ||
            explain_failure venv "The Python environment $venv could not be made." "Is $(package_name venv) installed?"
        record_state
    fi
    say "Installing JupyterLab into $(short_path "$venv") ..."
    # --require-hashes: nothing but the files that were chosen for requirements.txt.
    run_logged pip "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes \
        -r "$ROOT/requirements.txt" ||
        explain_failure pip "JupyterLab could not be installed." "pip's report is above."
    configure_lab
    echo "$wanted" >"$state/requirements"
    say "JupyterLab installed"
}

record_state() {
    mkdir -p "$state" || fail "Can't write to $prefix." "Choose another folder with --prefix."
    [ "$prefix_is_ours" = no ] || : >"$state/prefix-is-ours"
}

# A classroom needs no news feed, no update check and no extension market, and
# a machine without network would wait for each.
configure_lab() {
    mkdir -p "$venv/etc/jupyter" "$venv/share/jupyter/lab/settings"
    cat >"$venv/etc/jupyter/jupyter_lab_config.json" <<'JSON'
{
  "LabApp": {
    "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "extension_manager": "readonly",
    "news_url": null
  }
}
JSON
    cat >"$venv/share/jupyter/lab/settings/overrides.json" <<'JSON'
{
  "@jupyterlab/apputils-extension:notification": {
    "checkForUpdates": false,
    "fetchNews": "false"
  }
}
JSON
}

# ---- Installing the kernel --------------------------------------------------

install_kernel() {
    record_state
    mkdir -p "$prefix/bin"
    local binary
    for binary in "${binaries[@]}"; do
        cmp -s "$TARGET/release/$binary" "$prefix/bin/$binary" && continue
        # Moved into place at once, so that a kernel that runs keeps its file.
        install -m 755 "$TARGET/release/$binary" "$prefix/bin/.$binary.new"
        mv -f "$prefix/bin/.$binary.new" "$prefix/bin/$binary"
    done
    with_progress library "$prefix/bin/twoaxes-kernel" build-library --workspace "$ROOT" \
        "${features[@]}" --out "$prefix/share/twoaxes" ||
        explain_failure library "The helper crate could not be built." "The report is above."
    say "Helper crate ready"
}

register_kernel() {
    write_kernelspec "$venv/share/jupyter/kernels"
    [ "$venv" = "$prefix" ] || write_kernelspec "$prefix/share/jupyter/kernels"
    if [ "$user" = yes ]; then
        write_kernelspec "$user_kernels"
        echo "$user_kernels/twoaxes" >"$state/user-kernelspec"
        say "Kernel registered for every Jupyter of this user: $user_kernels/twoaxes"
    fi
    say "Kernel registered as 'Rust (twoaxes)'"
}

# Runs the notebooks once, so that nobody's first run waits for the compiler.
compile_notebooks() {
    local cells=$prefix/share/twoaxes/cells folder
    [ ! -e "$cells/complete" ] || return 0
    [ -x "$venv/bin/jupyter" ] || return 0
    folder=$(mktemp -d)
    if with_progress notebooks env TWOAXES_CACHE="$folder" JUPYTER_PATH="$venv/share/jupyter" \
        "$venv/bin/jupyter" nbconvert --to notebook --execute --allow-errors --output-dir "$folder/run" "$ROOT"/notebooks/*.ipynb; then
        rm -rf -- "${cells:?}"
        mkdir -p "$cells"
        cp -R "$folder"/cells/[0-9a-f][0-9a-f] "$cells/"
        touch "$cells/complete"
        # Read by all users, written by this one: kernels trust nothing else.
        chmod -R u=rwX,go=rX "$cells"
        say "Notebooks compiled"
    else
        say "The notebooks are compiled when they are run (why: $LOGS/notebooks.log)."
    fi
    rm -rf -- "$folder"
}

write_kernelspec() { # write_kernelspec KERNELS_FOLDER
    local encryption
    # Jupyter asks for encryption only where a kernelspec offers it, and whether
    # the kernel can do it depends on the libzmq of this machine.
    encryption=$("$prefix/bin/twoaxes-kernel" supported-encryption) ||
        fail "The kernel doesn't start: $prefix/bin/twoaxes-kernel" "Run it in a terminal to see why."
    mkdir -p "$1/twoaxes"
    cp "$ROOT"/kernel/kernelspec/logo-* "$1/twoaxes/"
    "$venv/bin/python" - "$ROOT/kernel/kernelspec/kernel.json" "$prefix/bin/twoaxes-kernel" "$1/twoaxes/kernel.json" "$encryption" <<'PYTHON'
import json, sys
template, kernel, out, encryption = sys.argv[1:]
spec = json.load(open(template, encoding="utf-8"))
spec["argv"][0] = kernel
if encryption := json.loads(encryption):
    spec["metadata"]["supported_encryption"] = encryption
with open(out, "w", encoding="utf-8") as file:
    json.dump(spec, file, indent=2)
    file.write("\n")
PYTHON
}

start_lab() {
    local options=(--ServerApp.root_dir="$ROOT/notebooks" --ip=127.0.0.1) free
    free=$("$venv/bin/python" - "$port" <<'PYTHON'
import socket, sys
first = int(sys.argv[1])
for port in range(first, min(first + 100, 65536)):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
PYTHON
    )
    [ -n "$free" ] || fail "No free port from $port on." "Choose another with --port."
    [ "$free" = "$port" ] || say "Port $port is taken; using $free."
    options+=(--port="$free" --ServerApp.port_retries=0)
    [ "$(id -u)" != 0 ] || options+=(--allow-root)
    # Without a display, Jupyter would open a browser in this very terminal.
    [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || options+=(--no-browser)
    say "Starting JupyterLab; Ctrl-C stops it. Later: $start_command"
    exec 9>&-
    exec "$venv/bin/jupyter" lab "${options[@]}"
}

# ---- Removing ---------------------------------------------------------------

remove_installation() {
    if [ ! -d "$state" ]; then
        say "Nothing of twoaxes is installed in $prefix; nothing removed."
        return
    fi
    local spec
    spec=$(cat "$state/user-kernelspec" 2>/dev/null || true)
    if [ -n "$spec" ] && grep -qsF "\"$prefix/bin/twoaxes-kernel\"" "$spec/kernel.json"; then
        rm -rf -- "$spec"
    fi
    rm -rf -- "$prefix/share/twoaxes" "$prefix/share/twoaxes-lab" "$prefix/share/jupyter/kernels/twoaxes"
    rm -f -- "$prefix/bin/twoaxes-kernel" "$prefix/bin/twoaxes-grader"
    if [ "$prefix_is_ours" = yes ]; then
        # The environment's own folders; whatever else somebody put here stays.
        local part
        for part in bin etc include lib lib64 pyvenv.cfg .gitignore share; do
            rm -rf -- "${prefix:?}/$part"
        done
    fi
    rm -rf -- "$state"
    rmdir -- "$prefix/share/jupyter/kernels" "$prefix/share/jupyter" "$prefix/share" "$prefix/bin" "$prefix" 2>/dev/null || true
    say "Removed from $prefix. What was compiled stays in target/ ('cargo clean' removes it)."
    # Every installation of this user shares it, and it is bounded.
    local compiled=${TWOAXES_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/twoaxes}
    [ ! -d "$compiled" ] || say "Compiled cells and crates stay in $compiled; delete the folder if no other installation uses it."
    [ ! -e "$prefix" ] || [ "$prefix_is_ours" = no ] || say "Kept, because it is not ours: $(ls -A -- "$prefix")"
}

# ---- Saying what happened ---------------------------------------------------

say() { printf '%s\n' "$*"; }

fail() { # fail MESSAGE [HINT]
    printf '\ninstall.sh: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

run_logged() { # run_logged LOG COMMAND...
    local log=$LOGS/$1.log
    mkdir -p "$LOGS" 2>/dev/null || fail "Can't write to $TARGET." "Is the disk full, or the folder somebody else's?"
    shift
    "$@" >"$log" 2>&1 9>&-
}

# Ends the run with the end of the log and the plainest reason that fits it.
explain_failure() { # explain_failure LOG MESSAGE HINT
    local log=$LOGS/$1.log text
    text=$(tr '\r' '\n' <"$log" | grep -v '^ *Building \[' || true)
    printf '%s\n' "$text" | tail -n 30 >&2
    printf 'The whole log: %s\n' "$log" >&2
    if grep -qiE 'no space left on device|os error 28' <<<"$text"; then
        fail "$2 The disk is full." "Make room, then run ./install.sh again; it goes on where it stopped."
    elif grep -qiE 'could not resolve|name resolution|name or service not known|network is unreachable|connection (refused|timed out|reset|error)|failed to (download|connect)|newconnectionerror|readtimeout|operation timed out|spurious network error|from versions: none|temporary failure|unable to update registry' <<<"$text"; then
        fail "$2 The network or a package registry can't be reached." \
            "Check the connection (and the proxy), then run ./install.sh again; it goes on where it stopped."
    elif grep -qiE 'signal: 9|killed' <<<"$text"; then
        fail "$2 A compiler was stopped, most likely for want of memory." "Try again with 'CARGO_BUILD_JOBS=1 ./install.sh'."
    fi
    fail "$2" "$3"
}

at_least() { # at_least FOUND NEEDED
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

short_path() {
    case $1 in
        "$PWD"/*) printf '%s' "${1#"$PWD"/}" ;;
        *) printf '%s' "$1" ;;
    esac
}

# In one line, which bash has read by then: a checkout that changes while this
# runs changes nothing of it.
{ main "$@"; exit; }
