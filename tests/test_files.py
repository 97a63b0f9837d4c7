"""derive.files: a report is written whole or not at all, whatever goes wrong, and wherever."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from derive.errors import DeriveError
from derive.files import write_all

OLD = {"a.tex": "old a", "b.html": "old b"}
NEW = {"c.json": "new c", "a.tex": "new a", "b.html": "new b"}


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir() if path.is_file()}


def leftovers(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if path.name.startswith(".derive-")]


def child(program: str, *arguments: object) -> Any:
    """Run a Python program of its own process; return the JSON that it prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_text_and_bytes_are_written_and_their_paths_returned_in_order(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "er"
    paths = write_all(directory, {"b.txt": "σ′ = out (1 − out)\n", "a.bin": b"\x00\xff\r\n"})
    assert paths == [directory / "b.txt", directory / "a.bin"]
    assert paths[0].read_bytes() == "σ′ = out (1 − out)\n".encode()
    assert paths[1].read_bytes() == b"\x00\xff\r\n"
    assert sorted(os.listdir(directory)) == ["a.bin", "b.txt"]


def test_files_of_the_same_name_are_replaced_and_others_left(tmp_path: Path) -> None:
    write_all(tmp_path, OLD)
    (tmp_path / "notes.txt").write_text("mine")
    write_all(tmp_path, NEW)
    assert contents(tmp_path) == {**NEW, "notes.txt": "mine"}
    assert not leftovers(tmp_path)


def test_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("not ours")
    report = tmp_path / "report"
    report.mkdir()
    (report / "a.tex").symlink_to(elsewhere / "file")
    (report / "b.html").symlink_to(elsewhere)
    write_all(report, NEW)
    assert contents(elsewhere) == {"file": "not ours"}
    assert contents(report) == NEW
    assert not any(path.is_symlink() for path in report.iterdir())


def test_files_get_the_usual_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    (written,) = write_all(tmp_path, {"a.tex": ""})
    assert written.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/etc/motd", ".derive-host-1-x.tmp"])
def test_a_name_that_is_not_a_plain_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        write_all(tmp_path / "report", {"a.tex": "a", name: "x"})
    assert not (tmp_path / "report").exists()


def test_it_works_outside_the_main_thread_where_signals_cannot_be_held(tmp_path: Path) -> None:
    thread = threading.Thread(target=write_all, args=(tmp_path, NEW))
    thread.start()
    thread.join()
    assert contents(tmp_path) == NEW


# ── Places that cannot be written ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file", "a file of that name is in the way"),
        ("file/report", "Not a directory"),
        ("file/deep/report", "Not a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_place_that_cannot_be_a_directory(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DeriveError, match=reason) as caught:
        write_all(tmp_path / place, NEW)
    assert caught.value.where.startswith(str(tmp_path))
    assert "-o" in caught.value.hint
    assert contents(tmp_path) == {"file": "mine"}


def test_a_path_that_no_system_has(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="not the path of a directory"):
        write_all(tmp_path / "a\0b", NEW)


def test_a_directory_in_the_place_of_a_file_leaves_all_as_it_was(tmp_path: Path) -> None:
    write_all(tmp_path, OLD)
    (tmp_path / "c.json").mkdir()
    with pytest.raises(DeriveError, match="a directory of that name is in the way") as caught:
        write_all(tmp_path, NEW)
    assert caught.value.where == str(tmp_path / "c.json")
    assert contents(tmp_path) == OLD
    assert not leftovers(tmp_path)


READ_ONLY = """
import json, os, sys
from pathlib import Path
from derive.errors import DeriveError
from derive.files import write_all
os.chdir(sys.argv[1])
if os.geteuid() == 0:  # permissions do not bind root
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    write_all(Path("locked"), {"a.tex": "new a"})
except DeriveError as error:
    print(json.dumps(str(error)))
"""


def test_a_directory_without_permission(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    write_all(locked, OLD)
    locked.chmod(0o555)
    message = child(READ_ONLY, tmp_path)
    locked.chmod(0o755)
    assert message.startswith("locked: cannot be written: Permission denied")
    assert contents(locked) == OLD


FULL = """
import json, resource, sys
from pathlib import Path
from derive.errors import DeriveError
from derive.files import write_all
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_all(Path(sys.argv[1]), {"a.tex": "new a", "b.html": "x" * 100_001})
except DeriveError as error:
    print(json.dumps([str(error), error.where]))
"""


@pytest.mark.parametrize("exists", [True, False], ids=["over an old report", "where nothing was"])
def test_a_file_that_does_not_fit(tmp_path: Path, exists: bool) -> None:
    directory = tmp_path / "made" / "report"
    if exists:
        write_all(directory, OLD)
    message, where = child(FULL, directory)
    assert "cannot be written: File too large" in message
    assert where == str(directory)
    if exists:
        assert contents(directory) == OLD
        assert not leftovers(directory)
    else:
        assert not (tmp_path / "made").exists()


# ── Something goes wrong at each point in turn ───────────────────────────────────────────────────────────────

AT_EACH_POINT = """
import errno, json, os, shutil, signal, sys
from pathlib import Path
from derive.errors import DeriveError
from derive.files import write_all

directory, act = Path(sys.argv[1]), sys.argv[2]
old, new = json.loads(sys.argv[3]), json.loads(sys.argv[4])
CHANGES = {"os.mkdir", "os.link", "os.rename", "fsync"}
CLEARING = {"os.remove", "os.rmdir", "shutil.rmtree"}

def state():
    return {path.name: path.read_text() for path in directory.iterdir() if path.is_file()}

def leftovers():
    return [path.name for path in directory.iterdir() if path.is_dir()]

def write_with_trouble_at(point):
    # Audit hooks see each change to the file system just before it is made.
    count, failed = 0, False

    def hook(event, args):
        nonlocal count, failed
        creates = event == "open" and args[2] & os.O_CREAT
        if failed and act == "error, then SIGKILL" and event == "shutil.rmtree":
            os.kill(os.getpid(), signal.SIGKILL)
        if creates or event in CHANGES or (not act.startswith("error") and event in CLEARING):
            count += 1
            if count == point:
                if act.startswith("error"):
                    failed = True
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.kill(os.getpid(), getattr(signal, act))

    os.fsync = lambda descriptor: hook("fsync", ())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.addaudithook(hook)
    try:
        write_all(directory, new)
        outcome = 0
    except DeriveError:
        outcome = 1
    except KeyboardInterrupt:
        outcome = 2
    os._exit(outcome if count >= point else 9)

os.fsync = lambda descriptor: None  # no power is cut here, and it takes most of the time
results = []
while True:
    shutil.rmtree(directory, ignore_errors=True)
    write_all(directory, old)
    pid = os.fork()
    if pid == 0:
        write_with_trouble_at(len(results) + 1)
    outcome = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if outcome == 9:
        break
    found = {"outcome": outcome, "files": state(), "leftovers": leftovers()}
    write_all(directory, {"other.txt": ""})
    (directory / "other.txt").unlink()
    results.append({**found, "files later": state(), "leftovers later": leftovers()})
print(json.dumps(results))
"""


def trouble(directory: Path, act: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = child(AT_EACH_POINT, directory / "report", act, json.dumps(OLD), json.dumps(NEW))
    assert len(results) >= 10
    return results


def test_a_full_disk_at_each_point(tmp_path: Path) -> None:
    for result in trouble(tmp_path, "error"):
        assert result["outcome"] in (0, 1)
        assert result["files"] == (OLD if result["outcome"] else NEW)
        assert not result["leftovers"]


def test_a_full_disk_and_then_a_kill_do_not_bring_back_what_failed(tmp_path: Path) -> None:
    for result in trouble(tmp_path, "error, then SIGKILL"):
        assert result["files"] in (OLD, NEW)
        assert result["files later"] == result["files"]
        assert not result["leftovers later"]


@pytest.mark.parametrize(("act", "outcome"), [("SIGTERM", -15), ("SIGINT", 2)])
def test_a_request_to_stop_at_each_point_is_obeyed_and_leaves_all_whole(tmp_path: Path, act: str, outcome: int) -> None:
    results = trouble(tmp_path, act)
    for result in results:
        assert result["outcome"] == outcome
        assert result["files"] in (OLD, NEW)
        assert not result["leftovers"]
    assert results[0]["files"] == OLD
    assert results[-1]["files"] == NEW


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    for result in trouble(tmp_path, "SIGHUP"):
        assert result["outcome"] == 0
        assert result["files"] == NEW


def test_a_kill_at_each_point_leaves_each_file_whole_and_the_next_run_makes_the_report_whole(tmp_path: Path) -> None:
    results = trouble(tmp_path, "SIGKILL")
    for result in results:
        assert result["outcome"] == -9
        assert result["files"].items() <= OLD.items() | NEW.items()
        assert result["files later"] in (OLD, NEW)
        assert not result["leftovers later"]
    between = [result for result in results if result["files"] not in (OLD, NEW)]
    assert len(between) == 2  # after the first and after the second of three renames


AT_RANDOM = """
import json, os, random, signal, sys, time
from pathlib import Path
from derive.files import write_all

directory = Path(sys.argv[1])
wait = random.Random(1)

def report(version):
    return {name: f"{version} {name}\\n" * 20_000 for name in ("a.tex", "b.html", "c.json", "d.svg")}

seen = []
write_all(directory, report(0))
for _ in range(30):
    pid = os.fork()
    if pid == 0:
        version = 0
        while True:
            version += 1
            write_all(directory, report(version))
    time.sleep(wait.uniform(0, 0.03))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    write_all(directory, {"other.txt": ""})
    (directory / "other.txt").unlink()
    found = {path.name: path.read_text() for path in directory.iterdir()}
    version = int(found["a.tex"].split()[0])
    assert found == report(version), (version, list(found))
    seen.append(version)
print(json.dumps(seen))
"""


def test_kills_at_random_moments_leave_one_whole_report(tmp_path: Path) -> None:
    assert len(set(child(AT_RANDOM, tmp_path / "report"))) > 1


# ── What others have left, or are about to write ─────────────────────────────────────────────────────────────


def staging_of(directory: Path, pid: int, host: str | None = None) -> Path:
    """Make a staging folder such as the process `pid` would have, complete and ready to be renamed."""
    if host is None:
        host = re.sub(r"[^A-Za-z0-9.]", "_", os.uname().nodename)[:64]
    staging = directory / f".derive-{host}-{pid}-abcdefgh.tmp"
    (staging / "new").mkdir(parents=True)
    (staging / "new" / "a.tex").write_text("staged a")
    (staging / "complete").touch()
    return staging


@pytest.fixture
def dead() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_running_process_keeps_its_staging_folder(tmp_path: Path) -> None:
    staging = staging_of(tmp_path, os.getppid())
    write_all(tmp_path, {"b.html": ""})
    assert (staging / "new" / "a.tex").exists()


def test_a_dead_process_does_not(tmp_path: Path, dead: int) -> None:
    staging = staging_of(tmp_path, dead)
    write_all(tmp_path, {"b.html": ""})
    assert not staging.exists()
    assert (tmp_path / "a.tex").read_text() == "staged a"


def test_what_was_not_complete_is_thrown_away(tmp_path: Path, dead: int) -> None:
    staging = staging_of(tmp_path, dead)
    (staging / "complete").unlink()
    write_all(tmp_path, {"b.html": ""})
    assert not staging.exists()
    assert not (tmp_path / "a.tex").exists()


def test_another_host_keeps_its_staging_folder_for_a_day(tmp_path: Path, dead: int) -> None:
    staging = staging_of(tmp_path, dead, host="another.host")
    write_all(tmp_path, {"b.html": ""})
    assert staging.exists()
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(staging, (two_days_ago, two_days_ago))
    write_all(tmp_path, {"b.html": ""})
    assert not staging.exists()


@pytest.mark.parametrize("name", [".derive-notes.tmp", ".derive-host-12x-abcdefgh.tmp", "derive-host-1-abcdefgh.tmp"])
def test_a_folder_that_only_looks_similar_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    write_all(tmp_path, {"b.html": ""})
    assert (tmp_path / name).is_dir()


def test_a_link_that_looks_like_a_staging_folder_is_not_followed(tmp_path: Path, dead: int) -> None:
    target = staging_of(tmp_path / "elsewhere", dead)
    report = tmp_path / "report"
    report.mkdir()
    (report / target.name).symlink_to(target)
    write_all(report, {"b.html": ""})
    assert (target / "new" / "a.tex").exists()
