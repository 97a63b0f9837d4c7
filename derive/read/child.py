"""The program inside the sandbox: answers requests about the foreign code that it was sent."""

from __future__ import annotations

from derive.read.confine import serve
from derive.read.host import Host
from derive.read.messages import Failed, encode, to_request


def main() -> None:
    """Serve until there are no more requests."""
    host = Host()

    def handle(request: bytes) -> bytes:
        reply = host.handle(to_request.decode(request))
        try:
            return encode(reply)
        except (TypeError, ValueError, OverflowError) as error:  # what the program gave is no data
            return encode(Failed("misfit", type(error).__name__, str(error)[:200]))

    serve(handle)


if __name__ == "__main__":
    main()
