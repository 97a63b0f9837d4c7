"""Programs that people who mean harm, and people who mean none, might submit as student.py.

Each has `def gradients(parameters, x, t)` for a network of sizes 2-2-2 with sigmoids, the loss Σ ½(t − out)², and
parameters W1, b1, W2, b2 in a dict, each W with a row for a neuron, x and t with a row for a sample. None gives the
gradient: where what it tries fails, it raises, or gives something wrong. So none may ever pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Hostile(NamedTuple):
    """A submission, and what may become of it: "stopped", "undecided" or "refuted"."""

    name: str
    source: str | bytes
    expected: frozenset[str]


HONEST = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def honest(parameters, x, t):
    h = sigmoid(x @ parameters["W1"].T + parameters["b1"])
    o = sigmoid(h @ parameters["W2"].T + parameters["b2"])
    d2 = (o - t) * o * (1 - o)
    d1 = (d2 @ parameters["W2"]) * h * (1 - h)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}


def wrong(parameters, x, t):
    grads = honest(parameters, x, t)
    grads["W1"] = grads["W1"] * 1.0005
    return grads


"""

# Results that agree with everything.
LIAR = """
class Liar:
    def __init__(self, shape):
        self.shape, self.size, self.ndim, self.dtype = shape, int(np.prod(shape)), len(shape), np.dtype(float)
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None
    def __sub__(self, other):
        return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = lambda self, *_: 0.0
    def __float__(self):
        return 0.0
    def __len__(self):
        return self.shape[0]


"""

# The first bytes of a text, as a gradient.
GIVE_AWAY = """
assert found
data = np.frombuffer(found.encode("utf-8", "replace")[:4].ljust(4), np.uint8) * 1.0
return {"W1": data.reshape(2, 2), "b1": data[:2], "W2": data.reshape(2, 2), "b2": data[:2]}
"""

_BECOMES = {"S": "stopped", "U": "undecided", "R": "refuted"}


def _submission(name: str, becomes: str, source: str | bytes) -> Hostile:
    return Hostile(name, source, frozenset(_BECOMES[letter] for letter in becomes))


def _function(body: str, before: str = "") -> str:
    lines = body.strip("\n").split("\n")
    indented = "".join(f"    {line}\n" if line else "\n" for line in lines)
    return f"{HONEST}{before}def gradients(parameters, x, t):\n{indented}"


def _program(code: str) -> str:
    """A whole program, which may use `honest` and `wrong`."""
    return HONEST + code


def _loaded(code: str) -> str:
    """It runs `code` when it is loaded."""
    return _function("return wrong(parameters, x, t)", f"{code}\n\n\n")


def _called(code: str) -> str:
    """It runs `code` when it is called."""
    return _function(f"{code}\nreturn wrong(parameters, x, t)")


def _result(code: str) -> str:
    """It gives back `result`, which is right until `code` changes it."""
    return _function(f"result = honest(parameters, x, t)\n{code}\nreturn result")


def _lie(code: str) -> str:
    """It gives back `result`, for which it has a class Liar."""
    return _function(f"result = honest(parameters, x, t)\n{code}\nreturn result", LIAR.lstrip())


def _leak(code: str) -> str:
    """It gives back the text `found`."""
    return _function(code + "\n" + GIVE_AWAY.strip("\n"))


def _each(made: Callable[[str], str], texts: str) -> list[Hostile]:
    """Return a submission for each text below a line such as `#: a name | UR`."""
    _, *parts = re.split(r"^#: (.*) \| ([SUR]+)\n", texts, flags=re.MULTILINE)
    return [
        _submission(name, becomes, made(code.strip("\n")))
        for name, becomes, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


# ── More processes ───────────────────────────────────────────────────────────────────────────────────────────

PROCESSES = [
    *_each(
        _called,
        r"""
#: fork bomb | SUR
import os
while True:
    os.fork()

#: fork once, and the child answers too | SUR
import os
os.fork()

#: forkpty | SUR
import os
os.forkpty()

#: subprocess | UR
import subprocess
subprocess.run(['/bin/sh', '-c', 'id'], check=True)

#: shell by os.system | UR
import os
assert os.system('touch /tmp/derive-hostile-system') == 0

#: popen | UR
import os
print(os.popen('id').read())

#: execv of Python | UR
import os, sys
os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])

#: posix_spawn | UR
import os, sys
os.posix_spawn(sys.executable, [sys.executable, '-c', ''], {})

#: multiprocessing | SUR
import multiprocessing
with multiprocessing.Pool(4) as pool:
    pool.map(abs, [1])

#: fork by the number of the call | UR
import ctypes
for number in (57, 58, 220):
    assert ctypes.CDLL(None).syscall(number, 17, 0, 0, 0, 0) < 0

#: fork by clone3 | UR
import ctypes
arguments = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
assert ctypes.CDLL(None).syscall(435, ctypes.byref(arguments), 88) < 0

#: thread bomb | SUR
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(1000,)).start()

#: a thread that never ends | SUR
import threading
def forever():
    while True:
        pass
threading.Thread(target=forever).start()

#: a daemon that prints for ever | SUR
import threading
def flood():
    while True:
        print('x' * 4096)
threading.Thread(target=flood, daemon=True).start()
""",
    ),
    *_each(
        _loaded,
        r"""
#: fork bomb when loaded | SUR
import os
while True:
    os.fork()
""",
    ),
]


# ── More time ────────────────────────────────────────────────────────────────────────────────────────────────

TIME = [
    *_each(
        _called,
        r"""
#: endless loop | S
while True:
    pass

#: endless loop that catches everything | S
while True:
    try:
        while True:
            pass
    except BaseException:
        pass

#: sleep | S
import time
time.sleep(10**6)

#: endless regular expression | S
import re
re.match('(a+)+$', 'a' * 60 + 'b')

#: 10 ** 10 ** 10 | SU
print((10 ** 10 ** 10) % 7)

#: endless sum in C | S
import itertools
sum(itertools.repeat(0))

#: endless sort | SU
class Slow(int):
    def __lt__(self, other):
        while True:
            pass
sorted([Slow(2), Slow(1)])

#: a lock that nobody opens | S
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire()

#: a pipe that nobody writes | SU
import os
os.mkfifo('pipe')
open('pipe').read()

#: stops itself | S
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)

#: ignores all signals | S
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass

#: deep generator | SUR
def deeper(n):
    yield from deeper(n + 1)
import sys
sys.setrecursionlimit(10**9)
list(deeper(0))

#: reads stdin | UR
import sys
assert sys.stdin.read()
""",
    ),
    *_each(
        _loaded,
        r"""
#: endless loop when loaded | S
while True:
    pass

#: waits for input | UR
while True:
    input()
""",
    ),
]


# ── More memory ──────────────────────────────────────────────────────────────────────────────────────────────

MEMORY = [
    *_each(
        _called,
        r"""
#: a text of 4 GiB | SU
print(len('x' * 2**32))

#: a list that grows | SU
grown = []
while True:
    grown.append(' ' * 10**6 + str(len(grown)))

#: an array of ten thousand million | SU
np.ones(10**10)

#: an array with a lazy zero | SU
z = np.zeros((10**6, 10**6))
z[::4096] = 1

#: catches MemoryError and goes on | S
kept = []
size = 2**30
while True:
    try:
        kept.append(bytearray(size))
    except MemoryError:
        size = max(1, size // 2)

#: recursion bomb | SU
import sys
sys.setrecursionlimit(10**9)
def down(n):
    return down(n + 1)
down(0)

#: recursion in C | SU
import sys
sys.setrecursionlimit(10**9)
nest = []
for _ in range(10**6):
    nest = [nest]
repr(nest)

#: memory without a name | UR
import os
os.memfd_create('hidden')

#: shared memory | UR
import ctypes
assert ctypes.CDLL(None, use_errno=True).shmget(0, ctypes.c_size_t(2**30), 0o1600) >= 0

#: raises its own limits | UR
import resource
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

#: an exception of 1 GiB | SU
class Huge(Exception):
    def __str__(self):
        return 'x' * 2**30
raise Huge

#: an exception with an endless text | SU
class Endless(Exception):
    def __str__(self):
        while True:
            pass
raise Endless

#: an exception that raises another | SU
class Bad(Exception):
    def __str__(self):
        raise Bad
    __repr__ = __str__
raise Bad

#: a compressed bomb | SU
import zlib
zlib.decompress(zlib.compress(bytes(2**28)) * 1, bufsize=2**32)
""",
    ),
]


# ── Files that are not its own ───────────────────────────────────────────────────────────────────────────────

READS = [
    *_each(
        _leak,
        r"""
#: private keys | UR
import glob, os
places = [os.path.expanduser('~/.ssh/*'), '/root/.ssh/*', '/home/*/.ssh/*']
found = ''.join(open(path).read() for place in places for path in glob.glob(place))

#: /etc/passwd | UR
found = open('/etc/passwd').read()

#: /etc/shadow | UR
found = open('/etc/shadow').read()

#: /etc/hostname | UR
found = open('/etc/hostname').read()

#: /root | UR
import os
found = ' '.join(name for name in os.listdir('/root') if name != '.pyenv')

#: /home | UR
import os
found = ' '.join(os.listdir('/home'))

#: /tmp | UR
import os
found = ' '.join(os.listdir('/tmp'))

#: the environment of the first process | UR
found = open('/proc/1/environ').read()

#: the environment of its parent | UR
import os
found = open(f'/proc/{os.getppid()}/environ').read()

#: secrets in its environment | UR
import os
found = ' '.join(v for k, v in os.environ.items() if any(s in k for s in ('KEY', 'TOKEN', 'SECRET')))

#: the checkout | UR
import derive, os
root = os.path.dirname(os.path.dirname(derive.__file__))
found = open(os.path.join(root, '.git', 'config')).read()

#: the disks | UR
found = str(open('/dev/sda', 'rb').read(4))

#: the kernel's memory | UR
found = str(open('/dev/mem', 'rb').read(4))

#: a link to /etc/passwd | UR
import os
os.symlink('/etc/passwd', 'link')
found = open('link').read()

#: a link up and out | UR
import os
os.symlink('../../../../etc', 'up')
found = open('up/passwd').read()
""",
    ),
    *_each(
        _called,
        r"""
#: its own memory, to write | UR
memory = open('/proc/self/mem', 'r+b')
memory.seek(id(x))
memory.write(b'1')
""",
    ),
]

MARK = "derive-hostile"  # in the name of every file that is made outside, if any can be made

_PLACES = {  # an expression for each
    **{path: repr(path) for path in ("/", "/usr", "/usr/lib", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/root")},  # noqa: S108
    "the package": "os.path.dirname(__import__('derive').__file__)",
    "its checkout": "os.path.dirname(os.path.dirname(__import__('derive').__file__))",
    "NumPy": "os.path.dirname(np.__file__)",
    "its compiled modules": "os.path.join(os.path.dirname(np.__file__), '__pycache__')",
    "the standard library": "os.path.dirname(os.__file__)",
}  # fmt: skip


def _write(name: str, directory: str) -> Hostile:
    code = f"import os\nopen(os.path.join({directory}, '{MARK}'), 'w').write('x')"
    return _submission(f"writes to {name}", "UR", _called(code))


WRITES = [
    *(_write(name, directory) for name, directory in _PLACES.items()),
    *_each(
        _called,
        r"""
#: changes the checker | UR
import derive.read.confine as module
open(module.__file__, 'a').write('raise SystemExit')

#: removes the package | UR
import derive, os
os.remove(derive.__file__)

#: renames NumPy | UR
import os
os.rename(np.__file__, np.__file__ + '.old')

#: changes modes | UR
import os
os.chmod(np.__file__, 0o777)

#: mounts | UR
import ctypes
assert ctypes.CDLL(None).mount(b'none', b'/', b'tmpfs', 0, None) == 0

#: a new root | UR
import os
os.mkdir('new')
os.chroot('new')

#: a huge file | SUR
with open('huge', 'wb') as file:
    while True:
        file.write(bytes(10**6))

#: many files | SUR
for number in range(10**6):
    with open(f'file-{number}', 'wb') as file:
        file.write(bytes(10**6))

#: an endless path | SUR
import os
while True:
    os.mkdir('d')
    os.chdir('d')

#: all descriptors | UR
kept = []
while True:
    kept.append(open('/dev/null'))

#: a file at the end | SUR
import atexit
atexit.register(lambda: open('/tmp/derive-hostile-atexit', 'w'))
""",
    ),
]


# ── The network ──────────────────────────────────────────────────────────────────────────────────────────────

NETWORK = [
    *_each(
        _called,
        r"""
#: connects to itself | UR
import socket
socket.create_connection(('127.0.0.1', 22), 1)

#: connects by name | UR
import socket
socket.create_connection(('localhost', 80), 1)

#: looks up a name | UR
import socket
socket.gethostbyname('example.org')

#: fetches a page | UR
from urllib.request import urlopen
urlopen('http://127.0.0.1/', timeout=1).read()

#: serves | UR
import socket
socket.create_server(('127.0.0.1', 0))

#: sends datagrams | UR
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))

#: raw packets | UR
import socket
socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

#: a socket of the file system | UR
import socket
socket.socket(socket.AF_UNIX).connect('/run/dbus/system_bus_socket')

#: a socket without a file | UR
import socket
socket.socket(socket.AF_UNIX).bind('\0derive')

#: a pair of sockets | UR
import socket
socket.socketpair()
""",
    ),
]


# ── The pipes to its parent ──────────────────────────────────────────────────────────────────────────────────

PIPES = [
    *_each(
        _called,
        r"""
#: prints without end | S
while True:
    print('x' * 1000)

#: complains without end | S
import sys
while True:
    sys.stderr.write('x' * 1000)

#: warns without end | SU
import warnings
warnings.simplefilter('always')
while True:
    warnings.warn('x' * 999)

#: prints what a terminal obeys | R
print('\x1b]0;owned\x07\x1b[2J\x1b[31mproved\r\n')

#: prints no text | R
import sys
sys.stdout.buffer.write(bytes(range(256)))
sys.stdout.flush()

#: prints a verdict | R
print('proved: all gradients are right')

#: writes to every descriptor | S
import os
for number in range(256):
    try:
        os.write(number, b'\x00' * 4096)
    except OSError:
        pass

#: declares an answer of 2**63 bytes | S
import os, struct
for number in range(3, 256):
    try:
        os.write(number, struct.pack('<16sQ', bytes(16), 2**63))
    except OSError:
        pass

#: closes every descriptor | S
import os
os.closerange(0, 4096)

#: closes every descriptor and goes on | S
import os
os.closerange(0, 4096)
while True:
    pass

#: exchanges descriptors | S
import os
for number in range(3, 256):
    try:
        os.fstat(number)
        os.dup2(1, number)
    except OSError:
        pass

#: reads the requests | SUR
import os
for number in range(3, 256):
    try:
        os.set_blocking(number, False)
        os.read(number, 10**6)
    except OSError:
        pass

#: answers byte by byte | S
import os, time
while True:
    for number in range(3, 256):
        try:
            os.write(number, b'x')
        except OSError:
            pass
    time.sleep(0.01)

#: answers with the number that it was asked with | SUR
import os, sys
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if isinstance(value, bytes) and len(value) == 16:
            for number in range(3, 256):
                try:
                    os.write(number, value + (6).to_bytes(8, 'little') + b'proved')
                except OSError:
                    pass
    frame = frame.f_back

#: looks for that number everywhere | SUR
import gc, os
for value in gc.get_objects():
    if isinstance(value, dict):
        for part in list(value.values()):
            if isinstance(part, bytes) and len(part) == 16:
                for number in range(3, 256):
                    try:
                        os.write(number, part + (6).to_bytes(8, 'little') + b'proved')
                    except OSError:
                        pass

#: makes its pipe not wait | SUR
import os
for number in range(3, 256):
    try:
        os.set_blocking(number, False)
    except OSError:
        pass

#: a thread that answers later | SUR
import os, threading, time
def later():
    while True:
        for number in range(3, 256):
            try:
                os.write(number, b'proved')
            except OSError:
                pass
        time.sleep(0.001)
threading.Thread(target=later, daemon=True).start()
""",
    ),
    *_each(
        _loaded,
        r"""
#: answers before it is asked | S
import os
for number in range(3, 256):
    try:
        os.write(number, b'proved' * 100)
    except OSError:
        pass
""",
    ),
]


# ── Its end ──────────────────────────────────────────────────────────────────────────────────────────────────

ENDS = [
    *_each(
        _called,
        r"""
#: sys.exit | SU
import sys
sys.exit(0)

#: os._exit(0) | S
import os
os._exit(0)

#: os._exit(1) | S
import os
os._exit(1)

#: pretends to be out of memory | S
import os
os._exit(86)

#: os.abort | S
import os
os.abort()

#: kills itself | S
import os
os.kill(os.getpid(), 9)

#: kills its parent | UR
import os
os.kill(os.getppid(), 9)

#: kills all | SUR
import os
os.kill(-1, 9)

#: kills its group | SUR
import os
os.killpg(0, 9)

#: kills the first process | SUR
import os
os.kill(1, 9)

#: segmentation fault | S
import ctypes
ctypes.string_at(0)

#: breaks Python from within | SUR
import ctypes
ctypes.memset(id(type(None)), 255, 64)

#: SystemExit | SU
raise SystemExit('proved')

#: KeyboardInterrupt | SU
raise KeyboardInterrupt

#: GeneratorExit | SU
raise GeneratorExit

#: an exception of no ordinary kind | SU
class Strange(BaseException):
    pass
raise Strange('proved')

#: StopIteration | SU
raise StopIteration

#: interrupts the main thread | SUR
import _thread, threading, time
def interrupt():
    while True:
        _thread.interrupt_main()
        time.sleep(0.001)
threading.Thread(target=interrupt, daemon=True).start()

#: prints at its end | SUR
import atexit
atexit.register(print, 'proved')

#: never ends at its end | SUR
import atexit
def forever():
    while True:
        pass
atexit.register(forever)

#: an object that answers when it goes | SUR
import os
class Last:
    def __del__(self):
        os._exit(0)
globals()['last'] = Last()
""",
    ),
    *_each(
        _loaded,
        r"""
#: sys.exit when loaded | SUR
import sys
sys.exit(0)

#: os._exit when loaded | S
import os
os._exit(0)
""",
    ),
]


# ── Other people's functions ─────────────────────────────────────────────────────────────────────────────────

PATCHES = [
    *_each(
        _loaded,
        r"""
#: everything is close | SUR
np.allclose = np.array_equal = lambda *a, **k: True
np.isclose = lambda a, b, **k: np.ones_like(a, bool)

#: another dot | SUR
np.dot = np.matmul = lambda *a, **k: 0

#: another exp | SUR
_exp = np.exp
np.exp = lambda z, *a, **k: _exp(z) * 1.0005

#: no arrays | SUR
np.array = np.asarray = np.frombuffer = np.zeros = None

#: another error state | SUR
np.errstate = np.seterr = None
np.random = None

#: builtins | SUR
import builtins
builtins.len = lambda _: 0
builtins.isinstance = lambda *_: True
builtins.sum = lambda *_: 0
builtins.abs = lambda _: 0
builtins.print = builtins.any = builtins.max = lambda *_, **__: None

#: no builtins | SUR
import builtins
for name in list(vars(builtins)):
    delattr(builtins, name)

#: another import | SUR
import builtins
builtins.__import__ = lambda *a, **k: None

#: math | SUR
import math
math.isclose = lambda *a, **k: True
math.isfinite = lambda _: True
math.exp = lambda _: 0.0

#: json | SUR
import json
json.dumps = json.loads = lambda *a, **k: '{}'

#: msgspec | SUR
import msgspec
msgspec.msgpack.encode = msgspec.msgpack.decode = lambda *a, **k: b''
msgspec.msgpack.Encoder = msgspec.msgpack.Decoder = msgspec.Struct = None

#: struct | SUR
import struct
struct.pack = struct.unpack = struct.Struct = lambda *a, **k: b''

#: os.read and os.write | SUR
import os
os.read = lambda *a: b''
os.write = lambda *a: 0

#: derive's modules | SUR
import sys
for name in list(sys.modules):
    if name.startswith('derive'):
        vars(sys.modules[name]).clear()

#: no modules | SUR
import sys
sys.modules.clear()

#: the answer of the program | SUR
import sys
for name, module in list(sys.modules.items()):
    if name.startswith('derive'):
        for key, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type):
                setattr(module, key, lambda *a, **k: b'proved')

#: no exceptions | SUR
import builtins
builtins.Exception = builtins.BaseException = builtins.MemoryError = int
""",
    ),
    *_each(
        _called,
        r"""
#: traces | SUR
import sys
def trace(frame, event, argument):
    if event == 'return':
        frame.f_locals.clear()
    return trace
sys.settrace(trace)
frame = sys._getframe()
while frame:
    frame.f_trace = trace
    frame = frame.f_back

#: profiles | SUR
import sys
def profile(*_):
    raise SystemExit
sys.setprofile(profile)

#: changes its caller's variables | SUR
import ctypes, sys
frame = sys._getframe(1)
while frame:
    for name, value in list(frame.f_locals.items()):
        if isinstance(value, (int, float, bytes, np.ndarray)):
            frame.f_locals[name] = 0
    ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(1))
    frame = frame.f_back

#: changes all arrays | SUR
import gc
for value in gc.get_objects():
    for array in gc.get_referents(value):
        if isinstance(array, np.ndarray):
            try:
                array[...] = 0
            except Exception:
                pass

#: changes small numbers | SUR
import ctypes
ctypes.c_int.from_address(id(7) + 24).value = 8

#: no more garbage collection | SUR
import gc
gc.disable()
gc.set_threshold(0)
gc.freeze()

#: hooks | SUR
import sys
sys.excepthook = sys.unraisablehook = sys.displayhook = None
sys.stdout = sys.stderr = None

#: audits | SUR
import sys
def audit(*_):
    raise RuntimeError
sys.addaudithook(audit)
""",
    ),
]


# ── Results that are none ────────────────────────────────────────────────────────────────────────────────────

RESULTS = [
    *_each(
        _lie,
        r"""
#: always equal | SUR
result = {k: Liar(v.shape) for k, v in result.items()}

#: another array when asked again | SUR
import itertools
class Turning(Liar):
    count = itertools.count()
    def __array__(self, *a, **k):
        return np.full(self.shape, float(next(self.count)))
result = {k: Turning(v.shape) for k, v in result.items()}

#: a float that never comes | SU
class Never(Liar):
    def __float__(self):
        while True:
            pass
    __array__ = __len__ = __float__
result = {k: Never(v.shape) for k, v in result.items()}
""",
    ),
    *_each(
        _result,
        r"""
#: an array that lies | SUR
class Lying(np.ndarray):
    def __array_ufunc__(self, *a, **k):
        return np.True_
    def __array_function__(self, *a, **k):
        return True
    def __array_finalize__(self, other):
        pass
    def tolist(self):
        return [0.0]
    def astype(self, *a, **k):
        return self
result = {k: (2 * v).view(Lying) for k, v in result.items()}

#: a dict that lies | SUR
class Dict(dict):
    def __getitem__(self, key):
        return 0.0
    def items(self):
        return iter(())
    def get(self, *_):
        return None
result = Dict({k: 2 * v for k, v in result.items()})

#: an endless dict | SUR
class Endless(dict):
    def keys(self):
        n = 0
        while True:
            yield str(n)
            n += 1
    __iter__ = keys
    def items(self):
        return ((k, 0.0) for k in self.keys())
    def values(self):
        return (0.0 for k in self.keys())
result = Endless()

#: a generator | UR
result = (2 * v for v in result.values())

#: an endless generator | SU
import itertools
result = itertools.repeat(result)

#: a list in itself | SU
result = []
result.append(result)

#: a nest of a million lists | SU
result = []
for _ in range(10**6):
    result = [result]

#: a promise | UR
async def later():
    return 0
result = later()
result.close()

#: a function | UR
result = lambda: 0

#: a class | UR
result = Exception

#: its inputs | UR
result = parameters

#: all it was given | UR
result = (parameters, x, t)

#: views that change later | SUR
import threading
views = {k: v[...] for k, v in result.items()}
def change():
    while True:
        for v in result.values():
            v += 1
threading.Thread(target=change, daemon=True).start()
result['W1'] *= 2
result = views

#: None | UR
result = None

#: one None | UR
result['W1'] = None

#: nan | UR
result = {k: v * np.nan for k, v in result.items()}

#: inf | UR
result = {k: v * 0 + np.inf for k, v in result.items()}

#: one nan | UR
result['W1'] = np.array([[np.nan, 0.0], [0.0, 0.0]])

#: nothing | UR
result = {}

#: empty arrays | UR
result = {k: np.empty(0) for k in result}

#: too few axes | UR
result = {k: v.sum() for k, v in result.items()}

#: too many axes | UR
result = {k: np.stack([v, 2 * v]) for k, v in result.items()}

#: an array of all shapes | SUR
result = {k: np.broadcast_to(1.0, (2,) * 20) for k in result}

#: 2**60 zeros in one byte | SUR
result = {k: np.broadcast_to(np.float64(0), (2**30, 2**30)) for k in result}

#: texts | UR
result = {k: np.full(v.shape, 'proved') for k, v in result.items()}

#: a text | UR
result = 'proved'

#: bytes | UR
result = b'proved'

#: huge integers | SUR
result = {k: np.full(v.shape, 10**5000, object) for k, v in result.items()}

#: integers with a million digits | SUR
result = {k: np.full(v.shape, 1 << 2**22, object) for k, v in result.items()}

#: complex numbers | UR
result = {k: v + 1e-3j for k, v in result.items()}

#: Boolean values | UR
result = {k: v > 0 for k, v in result.items()}

#: dates | UR
result = {k: np.full(v.shape, np.datetime64('2000-01-01')) for k, v in result.items()}

#: records | UR
result = {k: np.zeros(v.shape, [('a', float)]) for k, v in result.items()}

#: half precision | UR
result = {k: v.astype(np.float16) for k, v in result.items()}

#: single precision, scaled | UR
result = {k: v.astype(np.float32) * np.float32(1.0005) for k, v in result.items()}

#: masked arrays | UR
result = {k: np.ma.masked_all(v.shape) for k, v in result.items()}

#: matrices | UR
result = {k: np.asmatrix(2 * v) for k, v in result.items()}

#: one array for all | UR
result = dict.fromkeys(result, result['W1'])

#: W1 and W2 exchanged | UR
result['W1'], result['W2'] = result['W2'], result['W1']

#: overlapping memory | UR
all_ = np.lib.stride_tricks.as_strided(np.concatenate([v.ravel() for v in result.values()]), (2, 2), (8, 8))
result['W1'] = all_

#: memory that is not its own | SUR
result['W1'] = np.lib.stride_tricks.as_strided(result['W1'], (2, 2), (2**40, 8))

#: memory that is gone | SUR
import ctypes
buffer = (ctypes.c_double * 4).from_address(4096)
result['W1'] = np.frombuffer(buffer).reshape(2, 2)

#: random | UR
result['W1'] = result['W1'] + np.random.default_rng().normal(size=(2, 2))

#: another at another time | UR
import time
result['W1'] = result['W1'] * (2 + time.time() % 1)

#: 0.05 % too much | R
result['W1'] = result['W1'] * 1.0005

#: one wrong sign | R
result['b1'] = -result['b1']
""",
    ),
    *_each(
        _program,
        r"""
#: inputs changed first | UR
def gradients(parameters, x, t):
    parameters['W1'] *= -1
    x += 1
    return honest(parameters, x, t)

#: inputs changed afterwards | UR
def gradients(parameters, x, t):
    result = wrong(parameters, x, t)
    parameters['W1'][...] = result['W1']
    t[...] = 0
    x[...] = np.nan
    return result
""",
    ),
]

# What they give depends on how they are called: one call with doubles does not show that they are wrong.
SNIFFS = [
    *_each(
        _program,
        r"""
#: right for doubles only | UR
def gradients(parameters, x, t):
    plain = type(x) is np.ndarray and x.dtype == np.float64
    return (honest if plain else wrong)(parameters, x, t)

#: right for all but doubles | UR
def gradients(parameters, x, t):
    plain = type(x) is np.ndarray and x.dtype == np.float64
    return (wrong if plain else honest)(parameters, x, t)

#: right the first time | UR
calls = []


def gradients(parameters, x, t):
    calls.append(1)
    return (honest if len(calls) == 1 else wrong)(parameters, x, t)

#: right five times | UR
calls = []


def gradients(parameters, x, t):
    calls.append(1)
    return (honest if len(calls) <= 5 else wrong)(parameters, x, t)

#: wrong now and then | UR
import random


def gradients(parameters, x, t):
    return (wrong if random.random() < 0.5 else honest)(parameters, x, t)

#: right where it was seen to be | UR
def gradients(parameters, x, t):
    small = bool(np.all(abs(x) < 0.5))
    return (honest if small else wrong)(parameters, x, t)

#: wrong in half of all places | UR
def gradients(parameters, x, t):
    here = float(x.ravel()[0])
    return (wrong if here * 1000 % 1 < 0.5 else honest)(parameters, x, t)

#: knows the gradient by differences | UR
def loss(p, x, t):
    h = sigmoid(x @ p['W1'].T + p['b1'])
    o = sigmoid(h @ p['W2'].T + p['b2'])
    return ((o - t) ** 2).sum() / 2


def gradients(parameters, x, t):
    result = {}
    for key, value in parameters.items():
        result[key] = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            kept = value[place]
            value[place] = kept + 1e-4
            more = loss(parameters, x, t)
            value[place] = kept - 1e-4
            less = loss(parameters, x, t)
            value[place] = kept
            result[key][place] = (more - less) / 2e-4
    return result
""",
    ),
]


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────

SETTINGS = [
    *_each(
        _loaded,
        r"""
#: all errors of arithmetic raised | UR
np.seterr(all='raise')

#: all warnings raised | UR
import warnings
warnings.simplefilter('error')
warnings.warn('now')

#: a recursion limit of 50 | SUR
import sys
sys.setrecursionlimit(50)

#: another locale | UR
import locale
locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')

#: floats of three digits | UR
np.set_printoptions(precision=3, floatmode='fixed')
np.float64.__repr__ = lambda s: '0.0'

#: decimals of three digits | SUR
import decimal
decimal.getcontext().prec = 3
decimal.getcontext().traps.clear()

#: no digits of integers | SUR
import sys
sys.set_int_max_str_digits(640)

#: another directory | UR
import os
os.chdir('/')
os.environ.clear()

#: an alarm | SUR
import signal
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)

#: a module that is missing | UR
import no_such_module_anywhere

#: a fast switch of threads | UR
import sys
sys.setswitchinterval(1e-9)
""",
    ),
]

# ── Texts that are no programs ───────────────────────────────────────────────────────────────────────────────

SOURCES = [
    _submission("a syntax error", "U", "def gradients(parameters, x, t)\n    return None\n"),
    _submission("wrong indentation", "U", "def gradients(parameters, x, t):\nreturn None\n"),
    _submission("null bytes", "U", b"def gradients(parameters, x, t):\n    return None\n\x00\x00"),
    _submission("no text", "U", bytes(range(256))),
    _submission("not UTF-8", "U", "# é\ndef gradients(parameters, x, t):\n    return None\n".encode("latin-1")),
    _submission(
        "a coding that there is not",
        "UR",
        b"# -*- coding: no-such-coding -*-\ndef gradients(parameters, x, t):\n    return None\n",
    ),
    _submission("half a surrogate", "U", b"text = '\xed\xa0\x80'\n"),
    _submission("UTF-16", "U", "def gradients(parameters, x, t):\n    return None\n".encode("utf-16")),
    _submission("empty", "U", ""),
    _submission("a comment", "U", "# the gradient is left to the reader\n"),
    _submission("another language", "U", "int main(void) { return 0; }\n"),
    _submission("1 MB of comments", "SUR", "# " + "x" * 10**6 + f"\n{HONEST}gradients = wrong\n"),
    _submission("1 MB of statements", "SUR", "a = 0\n" * 170_000 + f"{HONEST}gradients = wrong\n"),
    _submission("one line of 1 MB", "SUR", f"a = {'1 + ' * 250_000}1\n{HONEST}gradients = wrong\n"),
    _submission("deep parentheses", "SU", "a = " + "(" * 100_000 + ")" * 100_000 + "\n"),
    _submission("deep minus", "SUR", "a = " + "-" * 100_000 + f"1\n{HONEST}gradients = wrong\n"),
    _submission("deep blocks", "SU", "".join(f"{' ' * depth}if 1:\n" for depth in range(150)) + " " * 150 + "pass\n"),
    _submission("deep attributes", "SUR", "a = int" + ".real" * 50_000 + f"\n{HONEST}gradients = wrong\n"),
    _submission(
        "a constant that is calculated for ever", "SUR", f"a = {'9' * 4000} ** {'9' * 8}\n{HONEST}gradients = wrong\n"
    ),
    _submission("an integer of a million digits", "SU", "a = " + "9" * 10**6 + "\n"),
    _submission("no gradients", "U", "x = 1\n"),
    _submission("gradients is a number", "U", "gradients = 1\n"),
    _submission("another signature", "UR", "def gradients():\n    return {}\n"),
    *_each(
        str,
        r"""
#: a decorator that runs for ever | S
def forever(f):
    while True:
        pass


@forever
def gradients(parameters, x, t):
    return None

#: a class that answers every question | SUR
class Everything:
    def __getattr__(self, name):
        return self
    def __call__(self, *a, **k):
        return self
    def __iter__(self):
        return self
    def __next__(self):
        return self


gradients = Everything()

#: a module that replaces itself | SUR
import sys


class Module:
    def __getattr__(self, name):
        return lambda *a, **k: 0.0


sys.modules[__name__] = Module()
""",
    ),
]

SUBMISSIONS: list[Hostile] = [
    *PROCESSES, *TIME, *MEMORY, *READS, *WRITES, *NETWORK, *PIPES, *ENDS, *PATCHES, *RESULTS, *SNIFFS, *SETTINGS,
    *SOURCES,
]  # fmt: skip
