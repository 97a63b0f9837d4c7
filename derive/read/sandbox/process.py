"""A running program: three pipes, deadlines, and its end."""

from __future__ import annotations

import os
import secrets
import select
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from time import monotonic

from derive.read.confine import CHANNEL, HEADER, OUT_OF_MEMORY
from derive.read.sandbox.command import HOME, command, environment
from derive.read.sandbox.limits import Limits, Stop, Stopped

_KEPT = 4096  # bytes of what the program prints
_MIB = 1 << 20


class Process:
    """The process and our ends of its three pipes.

    printed: the beginning of what it has printed.
    """

    def __init__(self, program: Sequence[str], limits: Limits, *, trust: bool) -> None:
        self.printed = b""
        self._limits = limits
        self._wrapped = not trust
        self._left = limits.seconds
        self._stopped: Stopped | None = None
        self._printed_size = 0
        self._printing = True
        words = command(program, limits, trust=trust)
        with ExitStack() as ours, ExitStack() as theirs:
            home = HOME
            if trust:
                home = ours.enter_context(tempfile.TemporaryDirectory(prefix="derive-run-", ignore_cleanup_errors=True))
            their_requests, self._requests = _pipe(theirs, ours)
            self._answers, their_answers = _pipe(ours, theirs)
            self._output, their_output = _pipe(ours, theirs)
            for end in (self._requests, self._answers, self._output):
                os.set_blocking(end, False)
            self._child = subprocess.Popen(  # noqa: S603 - our own Python; foreign code is no argument
                words, stdin=subprocess.DEVNULL, stdout=their_output, stderr=their_output,
                pass_fds=(their_requests, their_answers), start_new_session=True, cwd=home if trust else "/",
                env={**environment(home), CHANNEL: f"{their_requests},{their_answers}"},
            )  # fmt: skip
            ours.callback(self._kill)  # before the pipes are closed and the directory is removed
            self._open = ours.pop_all()

    def end(self) -> None:
        """End the process, and leave nothing of it. Harmless when done again."""
        self._open.close()

    def ask(self, request: bytes, seconds: float | None) -> bytes:
        """Return the answer. Raises Stopped."""
        if self._stopped:
            raise Stopped(self._stopped.reason, self._stopped.detail)
        started = monotonic()
        try:
            answer = self._exchange(request, started + min(self._left, self._left if seconds is None else seconds))
            while self._drain():
                pass
        except BaseException as error:  # Ctrl-C too: what is half said cannot be gone on with
            self._stopped = error if isinstance(error, Stopped) else Stopped(Stop.ENDED, "it was interrupted")
            self.end()
            raise
        self._left -= monotonic() - started
        return answer

    def _exchange(self, request: bytes, deadline: float) -> bytes:
        if self._read(1):
            raise Stopped(Stop.FORGED, "it answered before it was asked")
        nonce = secrets.token_bytes(16)
        unsent = memoryview(HEADER.pack(nonce, len(request)) + request)
        received = bytearray()
        wanted = HEADER.size
        while len(received) < wanted:
            ready = self._wait(deadline, bool(unsent))
            if self._output in ready:
                self._drain()
            if self._requests in ready:
                unsent = self._send(unsent)
            if self._answers not in ready:
                continue
            received += self._read(wanted - len(received))
            if received and unsent:
                raise Stopped(Stop.FORGED, "it answered before it had been asked")
            if len(received) == wanted == HEADER.size:
                repeated, size = HEADER.unpack(received)
                if repeated != nonce:
                    raise Stopped(Stop.FORGED, "what it wrote is no answer to what it was asked")
                if size > self._limits.answer:
                    raise Stopped(Stop.LARGE, f"an answer of {size:,} bytes, where {self._limits.answer:,} are allowed")
                wanted += size
        return bytes(received[HEADER.size :])

    def _wait(self, deadline: float, sending: bool) -> set[int]:
        """Return which of our ends are ready, when one is. Raises Stopped: TIME."""
        left = deadline - monotonic()
        if left <= 0:
            raise Stopped(Stop.TIME, "it did not answer in time")
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        if self._printing:
            poll.register(self._output, select.POLLIN)
        if sending:
            poll.register(self._requests, select.POLLOUT)
        return {descriptor for descriptor, _ in poll.poll(min(left, 3600) * 1000)}

    def _read(self, most: int) -> bytes:
        """Return up to `most` bytes of an answer, b"" for none yet. Raises Stopped where there will be none."""
        try:
            part = os.read(self._answers, min(most, _MIB))
        except BlockingIOError:
            return b""
        if not part:
            raise self._ended()
        return part

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(self._requests, unsent[:_MIB]) :]
        except BlockingIOError:
            return unsent
        except BrokenPipeError:
            raise self._ended() from None

    def _drain(self) -> bool:
        """Take what is printed, keep the beginning, count the rest; return whether there was any.

        Raises Stopped: OUTPUT.
        """
        try:
            part = os.read(self._output, _MIB)
        except BlockingIOError:
            return False
        self._printing = bool(part)
        self._printed_size += len(part)
        self.printed += part[: _KEPT - len(self.printed)]
        if self._printed_size > self._limits.output:
            raise Stopped(Stop.OUTPUT, f"it printed more than {self._limits.output:,} bytes")
        return bool(part)

    def _ended(self) -> Stopped:
        """Return what became of a process that has closed its pipes."""
        try:
            status = self._child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return Stopped(Stop.GARBAGE, "it closed the pipe for its answers and went on")
        number = -status if status < 0 else status - 128 if self._wrapped and status > 128 else 0
        if number == signal.SIGXCPU:
            return Stopped(Stop.TIME, f"it calculated for more than {self._limits.seconds:g} s")
        if number == signal.SIGXFSZ:
            return Stopped(Stop.FILES, f"it wrote a file of more than {self._limits.file:,} bytes")
        if status == OUT_OF_MEMORY:
            return Stopped(Stop.MEMORY, f"it wanted more than {self._limits.memory // _MIB:,} MiB of memory")
        if number:
            return Stopped(Stop.ENDED, f"it was ended by {_signal(number)}")
        return Stopped(Stop.ENDED, f"it ended with exit status {status}")

    def _kill(self) -> None:
        """End the process. With bubblewrap, its end is that of a namespace of processes."""
        if self._child.poll() is None:
            try:
                os.killpg(self._child.pid, signal.SIGKILL)  # it leads a group of its own
            except (ProcessLookupError, PermissionError):  # macOS says the latter of a group that is about to end
                self._child.kill()
        self._child.wait()
        self._last_words()

    def _last_words(self) -> None:
        """Keep what was printed and not yet read, until nobody is left who could print."""
        until = monotonic() + 2
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        while self._printing and (left := until - monotonic()) > 0 and poll.poll(left * 1000):
            with suppress(Stopped):  # too much: it does not matter any more
                self._drain()


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Return a pipe's ends for reading and for writing, each to be closed by its stack."""
    reads, writes = os.pipe()
    reader.callback(os.close, reads)
    writer.callback(os.close, writes)
    return reads, writes


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
