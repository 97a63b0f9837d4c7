"""Talks to the program: inside the sandbox, or in this process where it is the user's own."""

from __future__ import annotations

from typing import Protocol

import msgspec

from derive.read.host import Host
from derive.read.messages import Reply, Request, encode, to_reply
from derive.read.sandbox import Sandbox, Stop, Stopped


class Session(Protocol):
    """Answers requests about one program. ask raises `Stopped`."""

    def ask(self, request: Request) -> Reply: ...

    @property
    def isolation(self) -> str: ...

    @property
    def output(self) -> str: ...


class Apart:
    """A program in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.isolation: str = sandbox.isolation

    def ask(self, request: Request) -> Reply:
        answer = self._sandbox.ask(encode(request))
        try:
            reply: Reply = to_reply.decode(answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Stopped(Stop.GARBAGE, "an answer that is none") from None
        return reply

    @property
    def output(self) -> str:
        return self._sandbox.output


class Here:
    """A program of the user's own, in this process."""

    isolation = "this process"
    output = ""

    def __init__(self, host: Host) -> None:
        self._host = host

    def ask(self, request: Request) -> Reply:
        return self._host.handle(request)
