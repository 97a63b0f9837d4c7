# Shared by scripts/demo, scripts/test, .ci/run and tests/conftest.py: the virtual environment in .venv, and the
# programs outside Python. To be sourced. Keeps to what the bash 3.2 of macOS knows.
# shellcheck shell=bash

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
unset PYTHONHOME PYTHONPATH  # they would let modules from elsewhere into the virtual environment

note() { printf '%s\n' "$@" >&2; }
fail() { note "$@"; exit 1; }

# ── Python ───────────────────────────────────────────────────────────────────────────────────────────────────

# find_python: print the path of a Python that derive can use.
find_python() {
    local name path without=''
    for name in python3.13 python3.12 python3.11 python3; do
        # A command of that name may be a stub that cannot run (as pyenv's may), so each is asked.
        path=$("$name" -I -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null) || continue
        [ -n "$path" ] || continue
        if "$path" -I -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$path"
            return
        fi
        without=${without:-$path}
    done
    if [ -n "$without" ]; then
        name=python$("$without" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "$without cannot make virtual environments: its module venv or ensurepip is missing." \
            "  Debian, Ubuntu:  sudo apt-get install $name-venv"
    fi
    fail "derive needs Python 3.11 or later, and finds none (looked for python3.13, python3.12, python3.11, python3)." \
        "  Debian 12, Ubuntu 24.04 or later:  sudo apt-get install python3 python3-venv" \
        "  Fedora:                            sudo dnf install python3" \
        "  macOS:                             brew install python" \
        "  elsewhere:                         https://www.python.org/downloads"
}

# make_venv: make .venv, or make it anew where it no longer runs or was copied from another place.
make_venv() {
    local python made_for
    if [ -e "$venv" ]; then
        made_for=$(cat -- "$venv/made-for" 2>/dev/null || printf '%s' "$root")
        if [ "$made_for" = "$root" ] &&
            "$venv/bin/python" -I -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
        [ -f "$venv/made-for" ] ||
            fail "$venv was not made by this script and has no Python 3.11 or later with pip: move it away, and try again."
    fi
    python=$(find_python)
    note "Making .venv with $python …"
    rm -rf -- "$venv"
    mkdir -- "$venv" || fail "derive can be tried out in a copy of $root that is your own."
    printf '%s\n' "$root" >"$venv/made-for"
    "$python" -I -m venv "$venv"
}

# install <extras>: install derive ("" or "[test]") into .venv, unless that is done already and nothing has changed.
install() {
    local wanted stamp log=$venv/install.log
    make_venv
    wanted=$root$'\n'$(cat -- "$root/pyproject.toml")
    for stamp in "$venv/installed$1" "$venv/installed[test]"; do
        [ "$(cat -- "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    done
    note "Installing derive$1 and what it needs into .venv …"
    cd -- "$root" || exit
    if ! PIP_USER=0 "$venv/bin/python" -I -m pip install \
        --disable-pip-version-check --no-input --editable ".$1" >"$log" 2>&1; then
        tail -n 15 -- "$log" >&2
        fail "" "pip could not install derive; all it said is in $log." \
            "  If it found no packages: the first run needs the Python package index or a mirror (PIP_INDEX_URL); later ones need no network."
    fi
    printf '%s\n' "$wanted" >"$venv/installed$1"
}

# ── Programs outside Python ──────────────────────────────────────────────────────────────────────────────────

parts='tex poppler browser sandbox'

# find_part <part>: print the path of the program; where it is missing, say so, what for, and how to get it.
find_part() {
    local name
    case $1 in
    tex)
        if type -P pdflatex >/dev/null && type -P kpsewhich >/dev/null &&
            kpsewhich tikz.sty >/dev/null && kpsewhich lmodern.sty >/dev/null; then
            type -P pdflatex
            return
        fi
        note "pdflatex, or its package tikz or lmodern, is missing: without it there are no PDFs" \
            "  Debian, Ubuntu:  sudo apt-get install texlive-latex-recommended texlive-pictures lmodern" \
            "  Fedora:          sudo dnf install texlive-collection-latexrecommended texlive-collection-pictures texlive-lm" \
            "  macOS:           brew install --cask mactex-no-gui"
        ;;
    poppler)
        if type -P pdftotext; then return; fi
        note "pdftotext is missing: without it nobody reads back what a PDF says" \
            "  Debian, Ubuntu:  sudo apt-get install poppler-utils" \
            "  Fedora:          sudo dnf install poppler-utils" \
            "  macOS:           brew install poppler"
        ;;
    browser)
        for name in chromium chromium-browser google-chrome google-chrome-stable \
            '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
            /Applications/Chromium.app/Contents/MacOS/Chromium; do
            if type -P "$name"; then return; fi
        done
        note "chromium is missing: without it nobody looks at the pages as a browser shows them" \
            "  Debian:          sudo apt-get install chromium" \
            "  Ubuntu:          sudo snap install chromium" \
            "  Fedora:          sudo dnf install chromium" \
            "  macOS:           brew install --cask chromium"
        ;;
    sandbox)
        # Where it is installed, a container or the kernel may still refuse it.
        if type -P bwrap >/dev/null && bwrap --unshare-all --ro-bind / / "$BASH" -c : 2>/dev/null; then
            type -P bwrap
            return
        fi
        note "bwrap is missing, or does not work here: without it foreign code is run only with --trust" \
            "  Debian, Ubuntu:  sudo apt-get install bubblewrap" \
            "  Fedora:          sudo dnf install bubblewrap" \
            "  macOS:           there is none"
        ;;
    *) note "no such part: $1 (there are: $parts)" ;;
    esac
    return 1
}

# check_parts <part…>: say what is missing, and go on without; but fail where DERIVE_REQUIRE (such as "tex,browser",
# or unset) names a part that is missing.
check_parts() {
    local part required=" ${DERIVE_REQUIRE:-} " missing=''
    required=${required//,/ }
    for part in $required; do
        case " $parts " in *" $part "*) ;; *) fail "DERIVE_REQUIRE: no such part: $part (there are: ${parts// /, })" ;; esac
    done
    for part in "$@"; do
        find_part "$part" >/dev/null && continue
        case $required in *" $part "*) missing="$missing $part" ;; esac
    done
    [ -z "$missing" ] || fail "DERIVE_REQUIRE asks for what is missing:$missing"
}
