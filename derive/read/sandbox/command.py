"""The command that starts a program, inside bubblewrap or without it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import which

from msgspec import Struct

from derive.errors import DeriveError, printable
from derive.read.sandbox.limits import Limits

HOME = "/foreign"  # the program's directory inside bubblewrap
PACKAGE = Path(__file__).parents[2]

_TRUST = "or --trust, if the code is your own: it then runs with limits, but can read and write what you can"
_GET_IT = "Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap; "

_START = """
import sys
sys.path += {paths!r}
from derive.read.confine import confine
confine(seconds={seconds}, memory={memory}, file={file})
import runpy, site
site.setquit()  # exit and quit, which -S leaves out
sys.argv = {program!r}
runpy.{run}(sys.argv[0], run_name="__main__")
"""


def command(program: Sequence[str], limits: Limits, *, trust: bool) -> list[str]:
    """Return the command for a program: a module of derive, or the path of a .py file, and its arguments.

    Raises DeriveError where bubblewrap does not work and there is no trust.
    """
    name, *others = program
    file = os.path.abspath(name) if name.endswith(".py") else None
    start = _START.format(
        paths=[*map(str, _libraries()), str(PACKAGE.parent)],
        seconds=int(limits.seconds) + 5,  # by which time the parent has stopped waiting
        memory=limits.memory,
        file=limits.file,
        program=[file or name, *others],
        run="run_path" if file else "run_module",
    )
    # -I would ignore PYTHONHASHSEED; what else it does is here -P and -s, and an environment that is ours.
    python = [*_python(), "-c", start]
    return python if trust else [*_bubblewrap(file, limits.files), *python]


def environment(home: str) -> dict[str, str]:
    """Return the whole environment of a program whose own directory is `home`."""
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return {**threads, "PYTHONHASHSEED": "0", "HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8"}


# ── Python ───────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _interpreter() -> Path:
    """Return the Python under any virtual environment: it needs no more than its own library to start."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


def _python() -> list[str]:
    return [str(_interpreter()), "-P", "-s", "-S", "-B", "-u", "-X", "utf8"]


@cache
def _libraries() -> tuple[Path, ...]:
    """Return the directories from which this process imports packages that are not derive's own."""
    return tuple(
        Path(entry)
        for entry in sys.path
        if os.path.isabs(entry)
        and Path(entry).is_dir()
        and (
            Path(entry).name in ("site-packages", "dist-packages")
            or any(Path(entry, name).is_dir() for name in ("numpy", "msgspec"))
        )
    )


# ── bubblewrap ───────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _visible() -> tuple[Path, ...]:
    """Return what the program sees: shared libraries, Python and its packages, and derive."""
    base = Path(sys.base_prefix)
    wanted = [
        *map(Path, ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/nix/store", "/gnu/store")),
        *map(Path, ("/etc/ld.so.cache", "/etc/alternatives")),
        *(base / folder for folder in ("lib", sys.platlibdir)),
        *(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib")),
        *(_interpreter(), *_libraries(), PACKAGE),
    ]
    every = {place for path in wanted for place in (path, path.resolve()) if place.exists()}
    return tuple(sorted(path for path in every if not every & set(path.parents)))


def _arguments(path: str, file: str | None, writable: int | None) -> list[str]:
    """Return the command that runs another inside bubblewrap, with `writable` bytes of files, or None for no file.

    Files without content are not counted; the kernel gives them an eighth of the memory at most.
    """
    shown = [*map(str, _visible()), *([file] if file else [])]
    home = ["--tmpfs", HOME, "--remount-ro", HOME] if writable is None else ["--size", str(writable), "--tmpfs", HOME]
    return [
        path, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "derive",
        *(argument for place in shown for argument in ("--ro-bind", place, place)),
        # No /proc: nothing needs it, and much can be learnt there.
        "--dev", "/dev", "--remount-ro", "/dev", *home, "--remount-ro", "/", "--chdir", HOME, "--",
    ]  # fmt: skip


class _Found(Struct, frozen=True):
    """bubblewrap: where it is, whether it can limit files (from 0.7), and how it refused to work, if it did."""

    path: str | None
    limits_files: bool = True
    refused: str = ""


@cache
def _found() -> _Found:
    """Look for bubblewrap and run it: containers and some kernels have it and yet refuse."""
    path = which("bwrap")
    if path is None:
        return _Found(None)
    said = ""
    for writable in (1 << 20, None):
        tried = subprocess.run(  # noqa: S603 - a fixed command, found on the user's own path
            [*_arguments(path, None, writable), *_python(), "-c", "pass"],
            stdin=subprocess.DEVNULL, capture_output=True, env=environment(HOME), cwd="/", timeout=30, check=False,
        )  # fmt: skip
        if tried.returncode == 0:
            return _Found(path, writable is not None)
        said = said or tried.stderr.decode("utf-8", "replace").strip()
    return _Found(path, refused=printable(said[:300]) or f"exit status {tried.returncode}")


def sandboxed() -> bool:
    """Return whether there is a bubblewrap that works."""
    return _found().path is not None and not _found().refused


def _bubblewrap(file: str | None, files: int) -> list[str]:
    found = _found()
    if found.path is None:
        raise DeriveError("foreign code is run inside bubblewrap only, and there is none", hint=_GET_IT + _TRUST)
    if found.refused:
        raise DeriveError(
            f"foreign code is run inside bubblewrap only, and that does not work here: {found.refused}",
            hint=f"on a machine whose kernel permits user namespaces; {_TRUST}",
        )
    return _arguments(found.path, file, files if found.limits_files else None)
