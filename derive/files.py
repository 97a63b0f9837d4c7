"""Output, whole or not at all: a report that cannot be written leaves the one before it as it was.

All files are first written into a staging folder inside the directory that they belong to, and flushed to the disk;
only then each is renamed into its place. The name of a staging folder says whose it is,

    .derive-<host>-<process id>-<random>.tmp/   new/  the files to come
                                                old/  the files that they replace
                                                complete  exists once everything in new/ is on the disk

so that a later run can tell what a killed run left behind from what a living one is working on.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from derive.errors import DeriveError

_HELD = ("SIGINT", "SIGTERM", "SIGHUP")  # by name: not every system has all three
_STAGING = re.compile(r"\.derive-(?P<host>[\w.]+)-(?P<pid>\d+)-\w+\.tmp", re.ASCII)
_FOREIGN_SECONDS = 24 * 3600  # whether a process on another host still runs cannot be asked; a day is ample


def write_all(directory: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write `files` (name → content, text as UTF-8) into `directory`; return their paths, in the same order.

    Makes `directory` when it is missing. Either every file is written, or none is changed and nothing is left
    behind: on a full disk, without permission, on Ctrl-C, SIGTERM or SIGHUP (which take effect afterwards; where
    Python lets signals be handled, in the main thread). A process killed outright leaves every file whole, old or
    new; should that have been between two renames, the next call for this directory completes them first.

    Raises DeriveError, with the system's reason, when the files cannot be written, and ValueError for a name that
    is not a plain file name.
    """
    for name in files:
        if name in ("", ".", "..") or Path(name).name != name or name.startswith(".derive-"):
            raise ValueError(f"{name!r} is not a plain file name")
    contents = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}
    with _signals_held() as arrived:
        try:
            _write(directory, contents, arrived)
        except OSError as error:
            raise _explained(error, directory) from error
        except ValueError as error:  # a path with a null character or a lone surrogate
            raise DeriveError(f"this is not the path of a directory: {error}", where=ascii(str(directory))) from error
    return [directory / name for name in contents]


def _write(directory: Path, contents: Mapping[str, bytes], arrived: list[signal.Signals]) -> None:
    made = list(_missing(directory))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _sweep(directory)
        staging = Path(tempfile.mkdtemp(".tmp", f".derive-{_host()}-{os.getpid()}-", directory))
        try:
            _stage(directory, staging, contents, arrived)
            _swap(directory, staging, list(contents))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except BaseException:
        for path in made:
            with suppress(OSError):  # not empty: someone else has put something there
                path.rmdir()
        raise


def _missing(directory: Path) -> Iterator[Path]:
    """Yield `directory` and its parents, as far as they do not exist yet."""
    while not directory.exists() and directory != directory.parent:
        yield directory
        directory = directory.parent


def _stage(directory: Path, staging: Path, contents: Mapping[str, bytes], arrived: list[signal.Signals]) -> None:
    """Bring the new files, and what they replace, into `staging`. Changes nothing outside of it."""
    (staging / "new").mkdir()
    (staging / "old").mkdir()
    for name, data in contents.items():
        if arrived:
            raise DeriveError(f"stopped by {arrived[0].name}; nothing was changed", where=str(directory))
        with open(staging / "new" / name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for name in contents:
        target = directory / name
        if target.is_dir() and not target.is_symlink():
            raise IsADirectoryError(errno.EISDIR, "a directory of that name is in the way", str(target))
        if os.path.lexists(target):
            _keep(target, staging / "old" / name)
    (staging / "complete").touch()


def _keep(target: Path, kept: Path) -> None:
    try:
        os.link(target, kept, follow_symlinks=False)
    except (OSError, NotImplementedError):  # no hard links here, or another user's file
        shutil.copy2(target, kept, follow_symlinks=False)


def _swap(directory: Path, staging: Path, names: list[str]) -> None:
    """Rename the staged files into place; when one cannot be, put back those that were."""
    swapped = []
    try:
        for name in names:
            os.replace(staging / "new" / name, directory / name)
            swapped.append(name)
    except BaseException:
        (staging / "complete").unlink()
        for name in swapped:
            if os.path.lexists(staging / "old" / name):
                os.replace(staging / "old" / name, directory / name)
            else:
                (directory / name).unlink()
        raise
    _flush(directory)


def _flush(directory: Path) -> None:
    # Some systems and file systems cannot flush a directory; the files themselves are on the disk already.
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(directory: Path) -> None:
    """Clear away what killed runs have left in `directory`, and complete what was ready to be renamed."""
    for staging in sorted(directory.iterdir()):
        match = _STAGING.fullmatch(staging.name)
        if not match or staging.is_symlink() or not _abandoned(staging, match["host"], int(match["pid"])):
            continue
        with suppress(OSError):  # another user's leftovers are no reason to fail
            if (staging / "complete").exists():
                for file in sorted((staging / "new").glob("*")):  # none, where it was about to be removed
                    os.replace(file, directory / file.name)
            shutil.rmtree(staging)


def _abandoned(staging: Path, host: str, pid: int) -> bool:
    if host != _host() or os.name != "posix":
        with suppress(OSError):
            return time.time() - staging.stat().st_mtime > _FOREIGN_SECONDS
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it runs, as another user; or it is no process id at all
        return False
    return False


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", platform.node())[:64] or "localhost"


@contextmanager
def _signals_held() -> Iterator[list[signal.Signals]]:
    """Note the signals that would end the process, in the list that is yielded, and deliver them afterwards."""
    arrived: list[signal.Signals] = []
    handlers = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in _HELD if hasattr(signal, name)):
                handler = signal.getsignal(number)
                # Ignored (nohup) stays ignored; None is a handler that Python did not set and could not restore.
                if handler not in (signal.SIG_IGN, None):
                    handlers[number] = handler
                    signal.signal(number, lambda n, _: arrived.append(signal.Signals(n)))
        yield arrived
    finally:
        for number, handler in reversed(handlers.items()):  # SIGINT last: only it can raise here
            signal.signal(number, handler)
        for number in arrived:
            signal.raise_signal(number)


def _explained(error: OSError, directory: Path) -> DeriveError:
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if not where or _STAGING.search(where):  # the staging folder is ours; the user knows only the directory
        where = str(directory)
    reason = error.strerror or str(error)
    if isinstance(error, FileExistsError):
        reason = "a file of that name is in the way"
    room = "make room there, or " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return DeriveError(f"cannot be written: {reason}", where=where, hint=f"{room}-o another/directory")
