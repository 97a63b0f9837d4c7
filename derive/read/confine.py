"""What the process that runs foreign code does to itself first, and how it is asked and answers.

`confine` takes away, for good, what no gradient needs: processes, sockets, signals to others, memory, files and time
beyond their limits. `serve` answers requests on two pipes that are neither stdin nor stdout. `derive.read.sandbox`
starts the process and knows the other ends; nothing here may import it, nor anything but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple, NoReturn

# A request and an answer are each a header and as many bytes as it says. The header: a number that the parent draws
# for every request and that the answer repeats, and the length.
HEADER = struct.Struct("<16sQ")
CHANNEL = "DERIVE_CHANNEL"  # in the environment: the descriptors for requests and answers, as "7,9"
OUT_OF_MEMORY = 86  # the exit status after a MemoryError that nobody caught


def serve(handle: Callable[[bytes], bytes]) -> NoReturn:
    """Answer each request with `handle(request)` until the parent closes the pipe, then end without clean-up.

    The process ends where `handle` raises; a traceback goes to stderr.
    """
    # Foreign code may replace any name in any module later on; this function uses none but these.
    read, write, end, header, new, view = os.read, os.write, os._exit, HEADER, bytearray, memoryview
    complain, out_of_memory, chunk = traceback.print_exc, MemoryError, 1 << 20
    least, length_of, every, whole = min, len, BaseException, bytes
    requests, answers = map(int, os.environ.pop(CHANNEL).split(","))

    def receive(size: int) -> bytearray:
        received = new()
        while length_of(received) < size:
            part = read(requests, least(chunk, size - length_of(received)))
            if not part:
                end(0)
            received += part
        return received

    def send(content: bytes | bytearray) -> None:
        left = view(content)
        while left:
            left = left[write(answers, left) :]

    while True:
        nonce, size = header.unpack(receive(header.size))
        try:
            answer = handle(whole(receive(size)))
            send(header.pack(nonce, length_of(answer)))
            send(answer)
        except out_of_memory:
            end(OUT_OF_MEMORY)
        except every:
            try:
                complain()
            finally:
                end(1)


def confine(*, seconds: int, memory: int, file: int) -> None:
    """Limit this process: CPU seconds, bytes of address space, bytes of each file, and what it may ask the kernel for.

    Raises OSError where Linux knows a machine of this kind and yet refuses.
    """
    os.umask(0o077)
    filtered = sys.platform == "linux" and _machine() is not None
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
    ]
    if not filtered:  # this would forbid threads too on Linux; and it does not hold for root
        limits.append((resource.RLIMIT_NPROC, 0))
    for kind, most in limits:
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        try:
            # The first second too many of the CPU is a signal with a name, the next an end.
            later = most + 1 if kind == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else most
            resource.setrlimit(kind, (most, later))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise  # macOS refuses some
    if sys.platform == "linux":
        _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _control(_PR_SET_DUMPABLE, 0)
        _control(_PR_SET_NO_NEW_PRIVS, 1)
        if filtered:
            _install(_filter())


# ── What the kernel refuses ──────────────────────────────────────────────────────────────────────────────────

# A program for the kernel's packet filter, which it runs before each system call; see seccomp(2) and the kernel's
# Documentation/userspace-api/seccomp_filter.rst. Numbers of calls: arch/x86/entry/syscalls/syscall_64.tbl for
# x86-64, include/uapi/asm-generic/unistd.h for aarch64.

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x10000
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_…
_X32 = 0x40000000  # numbers from here on are calls of x86-64 with pointers of 32 bits

# Each by its numbers on x86-64 and on aarch64; −1 where there is none.
_DENIED = {
    # processes and programs
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281),
    "unshare": (272, 97), "setns": (308, 268),
    # the network, and sockets of any kind
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    # file systems
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443), "fanotify_init": (300, 262),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "setrlimit": (160, 164),
    # parts of the kernel that are large, and none of a gradient's business
    "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "userfaultfd": (323, 282), "seccomp": (317, 277),
    # the machine
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "syslog": (103, 116), "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, -1), "ioperm": (173, -1), "modify_ldt": (154, -1),
}  # fmt: skip


class _Only(NamedTuple):
    """A call that is let through where one argument, as far as `mask` shows it, is `value`."""

    numbers: tuple[int, int]
    argument: int
    mask: int
    value: int


_ALL = 0xFFFFFFFF


def _allowed_in_part() -> list[_Only]:
    return [
        _Only((56, 220), 0, _CLONE_THREAD, _CLONE_THREAD),  # clone: a thread, no process
        _Only((62, 129), 0, _ALL, os.getpid()),  # kill, and tgkill: oneself
        _Only((234, 131), 0, _ALL, os.getpid()),
        _Only((302, 261), 2, _ALL, 0),  # prlimit64: to read limits, not to set them
    ]


_CLONE3 = (435, 435)  # its flags lie behind a pointer; told that there is no such call, the C library takes clone

# Instructions: (operation, where to go when it is true, and when not, operand). Places in seccomp_data: nr 0, arch 4,
# argument i at 16 + 8i, its low word first.
_Instruction = tuple[int, int, int, int]
_LOAD, _AND, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW: _Instruction = (_RETURN, 0, 0, 0x7FFF0000)
_DENY: _Instruction = (_RETURN, 0, 0, 0x00050000 | _EPERM)
_UNKNOWN: _Instruction = (_RETURN, 0, 0, 0x00050000 | _ENOSYS)


def _machine() -> str | None:
    """Return the kind of this machine where the table above is for it."""
    name = platform.machine()
    return name if name in _MACHINES and sys.maxsize > 2**32 and sys.byteorder == "little" else None


def _filter() -> list[_Instruction]:
    machine = _machine()
    assert machine is not None
    column = list(_MACHINES).index(machine)
    program = [(_LOAD, 0, 0, 4), (_IF_EQUAL, 1, 0, _MACHINES[machine]), _DENY, (_LOAD, 0, 0, 0)]
    program += [(_IF_AT_LEAST, 0, 1, _X32), _DENY]
    for numbers in _DENIED.values():
        if numbers[column] >= 0:
            program += [(_IF_EQUAL, 0, 1, numbers[column]), _DENY]
    program += [(_IF_EQUAL, 0, 1, _CLONE3[column]), _UNKNOWN]
    for call in _allowed_in_part():
        place = 16 + 8 * call.argument
        program += [
            (_IF_EQUAL, 0, 7, call.numbers[column]),
            (_LOAD, 0, 0, place + 4),
            (_IF_EQUAL, 0, 3, 0),
            (_LOAD, 0, 0, place),
            (_AND, 0, 0, call.mask),
            (_IF_EQUAL, 1, 0, call.value),
            _DENY,
            _ALLOW,
        ]
    return [*program, _ALLOW]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _install(program: list[_Instruction]) -> None:
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    held = ctypes.create_string_buffer(code, len(code))
    given = _Program(len(program), ctypes.addressof(held))
    _control(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(given))


def _control(option: int, *arguments: int) -> None:
    """Call prctl. Raises OSError."""
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *values):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
