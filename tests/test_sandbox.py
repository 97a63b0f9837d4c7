"""Foreign code is kept in: it sees nothing, changes nothing, takes no more than allowed, and is believed in nothing.

The programs that these tests run stand in `hostile.py`, or are a few lines here; a small program inside the sandbox
executes what it is sent.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from derive.read import confine
from derive.read.sandbox import Limits, Sandbox, Stop, Stopped, command
from tests.hostile import HONEST, MARK, SNIFFS, SUBMISSIONS, Hostile

MIB = 1 << 20

# E: gives back the rest, reversed. X: executes it and shows `result`. G: executes it and gives its gradients.
CHILD = """
import json
import numpy as np
from derive.read.confine import serve

dumps, asarray, space = json.dumps, np.asarray, {"__name__": "student"}

def handle(request):
    kind, text = request[:1], request[1:]
    if kind == b"E":
        return text[::-1]
    try:
        exec(compile(text, "student.py", "exec"), space)
        if kind == b"X":
            return repr(space.get("result")).encode()
        parameters = {
            "W1": np.array([[0.15, 0.2], [0.25, 0.3]]), "b1": np.array([0.35, 0.35]),
            "W2": np.array([[0.4, 0.45], [0.5, 0.55]]), "b2": np.array([0.6, 0.6]),
        }
        found = space["gradients"](parameters, np.array([[0.05, 0.1]]), np.array([[0.01, 0.99]]))
        return dumps({key: asarray(found[key]).tolist() for key in ("W1", "b1", "W2", "b2")}).encode()
    except MemoryError:
        raise
    except BaseException as error:
        return b"! " + type(error).__name__.encode()

serve(handle)
"""


@pytest.fixture
def bubblewrap(require: Callable[[str], Path]) -> Path:
    return require("sandbox")


@pytest.fixture
def child(tmp_path: Path) -> str:
    path = tmp_path / "child.py"
    path.write_text(CHILD)
    return str(path)


@pytest.fixture(params=["bubblewrap", "trust"])
def trust(request: pytest.FixtureRequest, require: Callable[[str], Path]) -> bool:
    if request.param == "bubblewrap":
        require("sandbox")
    return bool(request.param == "trust")


def executed(sandbox: Sandbox, code: str, seconds: float | None = None) -> str:
    return sandbox.ask(b"X" + code.encode(), seconds).decode()


def stopped(sandbox: Sandbox, code: str, seconds: float | None = None) -> Stopped:
    with pytest.raises(Stopped) as caught:
        executed(sandbox, code, seconds)
    return caught.value


def processes(word: str) -> list[int]:
    """Return the numbers of the processes that have `word` on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def gone(word: str) -> bool:
    """Return whether there are no such processes, at once or a little later."""
    until = time.monotonic() + 10
    while processes(word) and time.monotonic() < until:
        time.sleep(0.01)
    return not processes(word)


def zombies() -> list[str]:
    """Return our children that have ended and that nobody has asked after."""
    states = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == os.getpid():
            states.append(path.parent.name)
    return states


# ── Questions and answers ────────────────────────────────────────────────────────────────────────────────────


def test_it_answers(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust) as sandbox:
        assert sandbox.isolation == ("none" if trust else "bubblewrap")
        assert sandbox.ask(b"Eabc") == b"cba"
        assert sandbox.ask(b"E") == b""
        large = os.urandom(5 * MIB)  # more than any pipe holds, both ways
        assert sandbox.ask(b"E" + large) == large[::-1]
        for number in range(20):
            assert sandbox.ask(b"E%d" % number) == (b"%d" % number)[::-1]


def test_what_it_prints_is_no_answer(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust) as sandbox:
        assert executed(sandbox, "import sys; print('said'); print('complained', file=sys.stderr); result = 7") == "7"
        assert sandbox.output == "said\ncomplained\n"
        executed(sandbox, "print('é' * 5000); sys.stdout.buffer.write(bytes([255]))")
        assert sandbox.output.startswith("said\ncomplained\néé")
        assert len(sandbox.output.encode()) <= 4098  # of the last character there may be half


def test_several_run_at_once(bubblewrap: Path, child: str) -> None:
    running = [Sandbox([child]) for _ in range(4)]
    for number, sandbox in enumerate(running):
        executed(sandbox, f"mine = {number}")
    assert [executed(sandbox, "result = mine") for sandbox in running] == ["0", "1", "2", "3"]
    running[0].close()
    assert executed(running[1], "result = mine") == "1"
    for sandbox in running:
        sandbox.close()


def test_a_program_has_arguments_and_may_be_a_module_of_derive(tmp_path: Path, trust: bool) -> None:
    path = tmp_path / "arguments.py"
    path.write_text("import sys\nfrom derive.read.confine import serve\nserve(lambda _: repr(sys.argv).encode())\n")
    with Sandbox([str(path), "--one", "zwei"], trust=trust) as sandbox:
        assert sandbox.ask(b"") == repr([str(path), "--one", "zwei"]).encode()
    with Sandbox(["derive.read.confine"], trust=trust) as sandbox, pytest.raises(Stopped, match="exit status 0"):
        sandbox.ask(b"")
    with Sandbox(["derive.no_such_module"], trust=trust) as sandbox:
        with pytest.raises(Stopped, match="exit status 1"):
            sandbox.ask(b"")
        sandbox.close()
        assert "No module named derive.no_such_module" in sandbox.output


def test_a_relative_path_and_the_words_of_the_prompt_work(
    child: str, trust: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(child).parent)
    with Sandbox(["child.py"], trust=trust) as sandbox:
        assert executed(sandbox, "exit(0)") == "! SystemExit"
        assert executed(sandbox, "quit()") == "! SystemExit"


def test_the_same_program_calculates_the_same(child: str, trust: bool) -> None:
    def texts() -> str:
        with Sandbox([child], trust=trust) as sandbox:
            return executed(sandbox, "result = [hash('a'), list({'one', 'two', 'three'})]")

    assert texts() == texts()


# ── Why it is stopped ────────────────────────────────────────────────────────────────────────────────────────

DESCRIPTORS = """
import os
def write(content):
    for n in range(3, 256):
        try:
            os.write(n, content)
        except OSError:
            pass
"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("while True: pass", Stop.TIME),
        ("import time; time.sleep(1000)", Stop.TIME),
        ("raise MemoryError", Stop.MEMORY),
        ("x = bytearray(2**34)", Stop.MEMORY),
        ("while True: print('x' * 100)", Stop.OUTPUT),
        ("import sys\nwhile True: sys.stderr.write('x')", Stop.OUTPUT),
        ("import os; os._exit(0)", Stop.ENDED),
        ("import os; os._exit(3)", Stop.ENDED),
        ("import os; os.abort()", Stop.ENDED),
        ("import os; os.kill(os.getpid(), 9)", Stop.ENDED),
        ("import ctypes; ctypes.string_at(0)", Stop.ENDED),
        (DESCRIPTORS + "write(bytes(100))", Stop.FORGED),
        (DESCRIPTORS + "import struct; write(struct.pack('<16sQ', bytes(16), 1) + b'x')", Stop.FORGED),
        ("import os; os.closerange(0, 256)\nwhile True: pass", Stop.GARBAGE),
        ("from signal import *; signal(SIGXFSZ, SIG_DFL); open('f', 'wb').write(bytes(2**25))", Stop.FILES),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", Stop.TIME),
    ],
)  # fmt: skip
def test_the_reason_is_told(child: str, trust: bool, code: str, reason: Stop) -> None:
    with Sandbox([child], trust=trust) as sandbox:
        assert sandbox.ask(b"Eready") == b"ydaer"
        first = stopped(sandbox, code, 1 if reason is Stop.TIME else 20)
        assert first.reason is reason, first
        again = stopped(sandbox, "result = 1")
        assert (again.reason, again.detail) == (first.reason, first.detail)
    assert gone(child)


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("import os; os._exit(3)", "it ended with exit status 3"),
        ("import os; os.abort()", "it was ended by SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "it was ended by SIGKILL"),
    ],
)
def test_how_it_ended_is_told(child: str, trust: bool, code: str, detail: str) -> None:
    with Sandbox([child], trust=trust) as sandbox:
        assert stopped(sandbox, code).detail == detail


def test_an_answer_that_is_too_large_is_refused_before_it_is_read(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust, limits=Limits(answer=1000)) as sandbox:
        assert len(sandbox.ask(b"E" + bytes(1000))) == 1000
        with pytest.raises(Stopped) as caught:
            sandbox.ask(b"E" + bytes(1001))
        assert caught.value.reason is Stop.LARGE


def test_an_answer_before_the_question_and_one_to_an_earlier_question_are_no_answers(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust) as sandbox:
        executed(sandbox, DESCRIPTORS + "import threading; threading.Timer(0.1, write, [bytes(24)]).start()")
        time.sleep(0.5)
        early = stopped(sandbox, "result = 1")
        assert (early.reason, early.detail) == (Stop.FORGED, "it answered before it was asked")
    keep = """
import os
kept, plain = [], os.write
def write(to, content):
    kept.append(bytes(content))
    return plain(to, content)
def serve_again():
    for n in range(3, 256):
        for part in kept:
            try:
                plain(n, part)
            except OSError:
                pass
os.write = write
"""
    stale = keep + "from derive.read.confine import serve\nseen = []\ndef handle(request):\n    seen.append(1)\n"
    stale += "    return b'right' if len(seen) == 1 else serve_again() or b''\nserve(handle)\n"
    path = Path(child)
    path.write_text(stale)
    with Sandbox([child], trust=trust) as sandbox:
        assert sandbox.ask(b"one") == b"right"
        with pytest.raises(Stopped) as caught:
            sandbox.ask(b"two")
        assert caught.value.reason is Stop.FORGED


def test_a_large_question_that_nobody_reads_ends_in_time(child: str, trust: bool) -> None:
    Path(child).write_text("import time\ntime.sleep(1000)\n")
    with Sandbox([child], trust=trust) as sandbox:
        started = time.monotonic()
        with pytest.raises(Stopped) as caught:
            sandbox.ask(bytes(10 * MIB), 0.5)
        assert caught.value.reason is Stop.TIME
        assert time.monotonic() - started < 5


def test_time_is_limited_for_a_question_and_for_all_together(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust, limits=Limits(seconds=3)) as sandbox:
        for _ in range(2):
            assert executed(sandbox, "import time; time.sleep(1); result = 1") == "1"
        started = time.monotonic()
        assert stopped(sandbox, "time.sleep(2)", 60).reason is Stop.TIME
        assert time.monotonic() - started < 1.5
    with Sandbox([child], trust=trust) as sandbox:
        sandbox.ask(b"E")
        started = time.monotonic()
        assert stopped(sandbox, "import time; time.sleep(1000)", 0.3).reason is Stop.TIME
        assert 0.3 <= time.monotonic() - started < 3


# ── Nothing can be seen, and nothing changed ─────────────────────────────────────────────────────────────────


def test_it_sees_no_files_of_others(bubblewrap: Path, child: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    code = f"result = open({str(secret)!r}).read()"
    with Sandbox([child]) as sandbox:
        assert executed(sandbox, code) == "! FileNotFoundError"
        seen = executed(sandbox, "import os; result = sorted(os.listdir('/'))")
        assert not {"home", "proc", "sys", "var", "bin", "opt"} & set(json.loads(seen.replace("'", '"')))
        package = Path(derive.__file__).parent
        beside = executed(sandbox, f"result = os.listdir({str(package.parent)!r})")
        assert "derive" in beside
        assert not any(name in beside for name in (".git", "tests", "pyproject.toml"))
        assert executed(sandbox, f"result = os.listdir({str(tmp_path)!r})") == "['child.py']"
    with Sandbox([child], trust=True) as sandbox:
        assert executed(sandbox, code) == "'canary'"  # so the file was there to be read


def test_its_environment_has_nothing_of_ours(child: str, trust: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERIVE_CANARY", "canary")
    with Sandbox([child], trust=trust) as sandbox:
        names = executed(sandbox, "import os; result = sorted(os.environ)")
        assert "DERIVE" not in names
        assert set(json.loads(names.replace("'", '"'))) <= {*command.environment("/"), "PWD", "LC_CTYPE"}


def test_its_own_directory_is_empty_limited_and_goes_with_it(child: str, trust: bool) -> None:
    fill = """
import os
home = os.getcwd()
assert os.listdir() == [] and home == os.environ["HOME"] == os.environ["TMPDIR"]
count = 0
try:
    while count < 100:
        with open(f"file-{count}", "wb") as file:
            file.write(bytes(2**20))
        count += 1
except OSError as error:
    pass
result = count, home
"""
    with Sandbox([child], trust=trust) as sandbox:
        assert executed(sandbox, "with open('one', 'wb') as f: f.write(bytes(2**24 + 1))") == "! OSError"
        assert executed(sandbox, "import os; result = os.path.getsize('one'); os.remove('one')") == str(2**24)
        count, home = ast.literal_eval(executed(sandbox, fill))
        assert count == 100 if trust else 28 <= count <= 32
        assert Path(home).exists() == trust
    assert not Path(home).exists()


def test_no_connection_arrives(child: str, trust: bool, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        server.settimeout(0.3)
        local.settimeout(0.3)
        port = server.getsockname()[1]
        with Sandbox([child], trust=trust) as sandbox:
            assert executed(sandbox, f"import socket; socket.create_connection(('127.0.0.1', {port}))")[:1] == "!"
            path = str(tmp_path / "socket")
            assert executed(sandbox, f"socket.socket(socket.AF_UNIX).connect({path!r})")[:1] == "!"
        for listening in (server, local):
            with pytest.raises(TimeoutError):
                listening.accept()


def test_bubblewrap_alone_keeps_it_in(bubblewrap: Path) -> None:
    """Where the kernel's filter does not know the machine, there is still this wall."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        code = f"""
import os, socket
for path in ("/x", "/dev/shm/x", "/usr/lib/x", {str(Path(derive.__file__).parent / "x")!r}):
    try:
        open(path, "w")
    except OSError:
        continue
    print("wrote", path)
try:
    socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 1)
    print("connected")
except OSError:
    pass
if os.fork() == 0:
    os.kill(1, 9)
    os.setsid()
    os.execv("/proc/self/exe", ["python", "{MARK}"]) if os.path.exists("/proc/self/exe") else os.pause()
print(os.getpid() < 10, os.getuid(), os.listdir("/foreign"), os.uname().nodename)
"""
        words = [*command._bubblewrap(None, MIB), *command._python(), "-c", code]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
        assert done.stdout.splitlines()[-1].startswith("True ")
        assert done.stdout.splitlines()[-1].endswith("[] derive"), done.stdout
        assert "wrote" not in done.stdout
        assert "connected" not in done.stdout
        with pytest.raises(TimeoutError):
            server.accept()


# ── Nothing is left ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def leaves_nothing(child: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Demand that there are as many descriptors as before, no process, no zombie and no directory."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    descriptors = os.listdir("/proc/self/fd")
    yield
    gc.collect()
    assert gone(child)
    assert os.listdir("/proc/self/fd") == descriptors
    assert not zombies()
    assert not list(directory.iterdir())


@pytest.mark.usefixtures("leaves_nothing")
def test_an_end_leaves_nothing(child: str, trust: bool) -> None:
    for code in ("result = 1", "import os; os._exit(0)", "while True: pass", "open('file', 'w').write('x')"):
        with Sandbox([child], trust=trust) as sandbox:
            try:
                executed(sandbox, code, 1)
            except Stopped:
                assert gone(child)  # at once, and not when it is closed
    Sandbox([child], trust=trust).close()
    sandbox.close()  # once more does no harm


@pytest.mark.usefixtures("leaves_nothing")
def test_one_that_is_forgotten_leaves_nothing(child: str, trust: bool) -> None:
    sandbox = Sandbox([child], trust=trust)
    executed(sandbox, "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()")
    assert processes(child)
    del sandbox


@pytest.mark.usefixtures("leaves_nothing")
def test_an_error_on_our_side_leaves_nothing(child: str, trust: bool) -> None:
    def fails() -> None:
        with Sandbox([child], trust=trust) as sandbox:
            sandbox.ask(b"E")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("derive.read.sandbox.process.command", lambda *_, **__: ["/no/such/program"])
        with pytest.raises(OSError, match="No such file"):
            Sandbox([child], trust=trust)


@pytest.mark.usefixtures("leaves_nothing")
def test_an_interruption_leaves_nothing(child: str, trust: bool) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with Sandbox([child], trust=trust) as sandbox:
            sandbox.ask(b"E")
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                executed(sandbox, "while True: pass")
            assert gone(child)
            assert stopped(sandbox, "result = 1").detail == "it was interrupted"
    finally:
        signal.signal(signal.SIGALRM, before)


def test_it_ends_with_a_parent_that_is_killed(child: str, trust: bool, tmp_path: Path) -> None:
    code = f"""
from derive.read.sandbox import Sandbox
sandbox = Sandbox([{child!r}], trust={trust})
sandbox.ask(b"E")
print("ready", flush=True)
sandbox.ask(b"Xwhile True: pass")
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # where its directory stays: nobody is left to remove it
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"ready\n"
        assert len(processes(child)) >= 2
        parent.kill()
    assert gone(child)


# ── Without bubblewrap ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where alone programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    command._found.cache_clear()
    yield folder
    command._found.cache_clear()


def program(path: Path, text: str) -> None:
    (path / "bwrap").write_text("#!/bin/bash\n" + text)
    (path / "bwrap").chmod(0o755)


def test_without_bubblewrap_only_trusted_code_runs(path: Path, child: str) -> None:
    with pytest.raises(DeriveError) as refused:
        Sandbox([child])
    for word in ("bubblewrap", "apt-get install bubblewrap", "dnf install bubblewrap", "--trust"):
        assert word in str(refused.value)
    with Sandbox([child], trust=True) as sandbox:
        assert sandbox.isolation == "none"
        assert sandbox.ask(b"Eabc") == b"cba"


def test_a_bubblewrap_that_is_refused_is_none(path: Path, child: str) -> None:
    program(path, "echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    with pytest.raises(DeriveError, match="No permissions to create new namespace") as refused:
        Sandbox([child])
    assert "--trust" in refused.value.hint


def test_a_bubblewrap_that_cannot_limit_files_allows_none(bubblewrap: Path, path: Path, child: str) -> None:
    program(path, f'[[ " $* " != *" --size "* ]] || exit 1\nexec {bubblewrap} "$@"\n')
    with Sandbox([child]) as sandbox:
        assert executed(sandbox, "result = 1") == "1"
        assert executed(sandbox, "open('file', 'w')") == "! OSError"


# ── What the kernel refuses ──────────────────────────────────────────────────────────────────────────────────

ALLOW, DENY, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
X86, ARM, I386 = 0xC000003E, 0xC00000B7, 0x40000003
A_THREAD = 0x3D0F00  # the flags with which the C library clones one


def judged(instructions: list[tuple[int, int, int, int]], machine: int, number: int, *arguments: int) -> int:
    """Run a filter as the kernel would (BSD Packet Filter, the few operations that it needs)."""
    values = [*arguments, *[0] * 6][:6]
    words = [number, machine, 0, 0, *(half for value in values for half in (value & 0xFFFFFFFF, value >> 32))]
    place = held = 0
    while True:
        operation, yes, no, operand = instructions[place]
        place += 1
        match operation:
            case 0x20:
                held = words[operand // 4]
            case 0x54:
                held &= operand
            case 0x15:
                place += yes if held == operand else no
            case 0x35:
                place += yes if held >= operand else no
            case 0x06:
                return operand
            case _:
                raise AssertionError(hex(operation))


# Numbers from the manual page syscalls(2) and the kernel's tables.
@pytest.mark.parametrize(
    ("machine", "audit", "number", "arguments", "verdict"),
    [
        *(("x86_64", X86, number, (), ALLOW) for number in (0, 1, 3, 9, 11, 12, 13, 202, 231, 257, 262, 318)),
        *(("x86_64", X86, number, (), DENY) for number in (41, 42, 57, 58, 59, 101, 165, 322, 321, 425, 319)),
        *(("aarch64", ARM, number, (), ALLOW) for number in (56, 57, 62, 63, 64, 93, 94, 98, 215, 222, 278)),
        *(("aarch64", ARM, number, (), DENY) for number in (117, 40, 198, 199, 203, 221, 281, 280, 425, 279)),
        ("x86_64", X86, 435, (), UNKNOWN),
        ("aarch64", ARM, 435, (), UNKNOWN),
        ("x86_64", X86, 56, (A_THREAD,), ALLOW),
        ("x86_64", X86, 56, (17,), DENY),
        ("x86_64", X86, 56, (0,), DENY),
        ("aarch64", ARM, 220, (A_THREAD,), ALLOW),
        ("aarch64", ARM, 220, (17,), DENY),
        ("x86_64", X86, 62, (os.getpid(), 9), ALLOW),
        ("x86_64", X86, 62, (1, 9), DENY),
        ("x86_64", X86, 62, (0, 9), DENY),
        ("x86_64", X86, 62, (2**64 - 1, 9), DENY),
        ("x86_64", X86, 234, (os.getpid(), 5, 6), ALLOW),
        ("x86_64", X86, 234, (1, 1, 6), DENY),
        ("aarch64", ARM, 129, (1, 9), DENY),
        ("x86_64", X86, 302, (0, 9, 0, 4096), ALLOW),
        ("x86_64", X86, 302, (0, 9, 4096, 0), DENY),
        ("x86_64", X86, 302, (0, 9, 1 << 32, 0), DENY),
        ("x86_64", I386, 1, (), DENY),  # int 0x80
        ("x86_64", X86, 0x40000000, (), DENY),  # x32
        ("x86_64", X86, 0x40000000 + 57, (), DENY),
        ("aarch64", X86, 63, (), DENY),
    ],
)  # fmt: skip
def test_the_filter(
    monkeypatch: pytest.MonkeyPatch, machine: str, audit: int, number: int, arguments: tuple[int, ...], verdict: int
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert judged(confine._filter(), audit, number, *arguments) == verdict


def test_every_refused_call_is_refused_on_both_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    for column, (machine, audit) in enumerate((("x86_64", X86), ("aarch64", ARM))):
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        program = confine._filter()
        numbers = [both[column] for both in confine._DENIED.values() if both[column] >= 0]
        assert len(numbers) == len(set(numbers)) > 60
        assert {judged(program, audit, number) for number in numbers} == {DENY}
        assert len(program) < 4096  # BPF_MAXINSNS


def test_the_filter_holds_and_lets_threads_be(child: str, trust: bool) -> None:
    if platform.machine() not in ("x86_64", "aarch64") or sys.platform != "linux":
        pytest.skip("the kernel's filter is written for x86-64 and aarch64")
    with Sandbox([child], trust=trust) as sandbox:
        for call in ("os.fork()", "os.execv('/', ['/'])", "os.kill(1, 0)", "os.kill(os.getppid(), 0)",
                     "socket.socket()", "os.memfd_create('x')", "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
                     "os.killpg(0, 0)"):  # fmt: skip
            assert executed(sandbox, f"import os, resource, socket\n{call}") in ("! PermissionError", "! ValueError"), (
                call
            )
        assert (
            executed(sandbox, "os.kill(os.getpid(), 0); result = resource.getrlimit(resource.RLIMIT_CORE)") == "(0, 0)"
        )
        thread = "import threading\nfound = []\nthread = threading.Thread(target=found.append, args=(1,))\n"
        assert executed(sandbox, thread + "thread.start(); thread.join(); result = found") == "[1]"
        calls = "import ctypes\nresult = [ctypes.CDLL(None, use_errno=True).prctl(n, 0, 0, 0, 0) for n in (3, 39, 21)]"
        assert executed(sandbox, calls) == "[0, 1, 2]"  # not dumpable; no new privileges; filtered


def test_limits_are_set(child: str, trust: bool) -> None:
    with Sandbox([child], trust=trust, limits=Limits(seconds=7, memory=512 * MIB, file=1000)) as sandbox:
        kinds = "RLIMIT_AS, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_CPU"
        code = f"from resource import *\nresult = [getrlimit(kind)[0] for kind in ({kinds})]"
        assert executed(sandbox, code) == f"[{512 * MIB}, 1000, 0, 12]"
        assert executed(sandbox, "x = bytearray(2**28); result = len(x)") == str(2**28)
        assert stopped(sandbox, "x = [bytearray(2**28) for _ in range(3)]").reason is Stop.MEMORY


# ── Whoever comes ────────────────────────────────────────────────────────────────────────────────────────────


def outside() -> dict[str, object]:
    """Return what must not change: files that some submission wants to change or make."""
    folders = [Path(module.__file__ or "").parent for module in (derive, np, os, confine)]
    folders += [Path(derive.__file__).parents[1], Path(np.__file__).parent / "__pycache__", Path.home()]
    folders += [Path(place) for place in ("/", "/usr", "/usr/lib", "/tmp", "/var/tmp", "/dev/shm", "/etc")]  # noqa: S108
    state: dict[str, object] = {str(folder): sorted(folder.glob(f"{MARK}*")) for folder in folders if folder.is_dir()}
    for module in (derive, np, os, confine):
        path = Path(module.__file__ or "")
        state[str(path)] = (path.stat().st_mode, hashlib.sha256(path.read_bytes()).digest())
    return state


def right() -> dict[str, list[object]]:
    space: dict[str, object] = {}
    exec(HONEST, space)  # noqa: S102 - our own
    honest = space["honest"]
    assert callable(honest)
    parameters = {
        "W1": np.array([[0.15, 0.2], [0.25, 0.3]]), "b1": np.array([0.35, 0.35]),
        "W2": np.array([[0.4, 0.45], [0.5, 0.55]]), "b2": np.array([0.6, 0.6]),
    }  # fmt: skip
    found = honest(parameters, np.array([[0.05, 0.1]]), np.array([[0.01, 0.99]]))
    return {key: value.tolist() for key, value in found.items()}


def outcome(source: str | bytes, sandbox: Sandbox) -> str:
    """Return what a naive judge would say, who calls once and compares."""
    try:
        answer = sandbox.ask(b"G" + (source.encode() if isinstance(source, str) else source), 1.5)
        if answer.startswith(b"!"):
            return "undecided"
        found = json.loads(answer)
    except Stopped:
        return "stopped"
    except ValueError:
        return "refuted"
    wanted = right()
    try:
        passed = all(np.allclose(np.array(found[key], float), wanted[key], rtol=1e-6, atol=0) for key in wanted)
    except (KeyError, TypeError, ValueError):
        return "refuted"
    return "passed" if passed else "refuted"


def test_the_judge_of_these_tests_knows_right_from_wrong(bubblewrap: Path, child: str) -> None:
    # Mazur, A Step by Step Backpropagation Example (2015): ∂E/∂w5 and ∂E/∂w1.
    assert right()["W2"][0][0] == pytest.approx(0.082167041, abs=5e-10)  # type: ignore[index]
    assert right()["W1"][0][0] == pytest.approx(0.000438568, abs=5e-10)  # type: ignore[index]
    for function, said in (("honest", "passed"), ("wrong", "refuted")):
        with Sandbox([child]) as sandbox:
            assert outcome(f"{HONEST}gradients = {function}\n", sandbox) == said


ONE_CALL = [submission for submission in SUBMISSIONS if submission not in SNIFFS]


@pytest.mark.parametrize("submission", ONE_CALL, ids=[submission.name for submission in ONE_CALL])
def test_no_submission_passes_escapes_or_hangs(bubblewrap: Path, child: str, submission: Hostile) -> None:
    before = outside()
    with Sandbox([child], limits=Limits(seconds=30, memory=1024 * MIB)) as sandbox:
        assert sandbox.ask(b"Eready") == b"ydaer"
        started = time.monotonic()
        assert outcome(submission.source, sandbox) in submission.expected
        assert time.monotonic() - started < 10
    assert gone(child)
    assert outside() == before


def test_the_submissions_are_many_and_named(bubblewrap: Path) -> None:
    assert len({submission.name for submission in SUBMISSIONS}) == len(SUBMISSIONS) >= 60
    assert all(submission.expected <= {"stopped", "undecided", "refuted"} for submission in SUBMISSIONS)
    assert threading.active_count() == 1
