"""The command line: parse arguments, call, print, exit code. No mathematics here.

Exit codes: 0 all proved and agreeing; 1 something refuted; 2 bad input; 3 something undecided; 130 interrupted.
"""

from __future__ import annotations

import signal
import sys

import typer

from derive.cli import console
from derive.errors import DeriveError

BAD_INPUT = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line, and turn what goes wrong into a few lines for a person and an exit code."""
    console.prepare()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # derive … | head: end in silence, as other programs do
    code = _run()
    sys.exit(code if console.flush() else BAD_INPUT)


def _run() -> int:
    try:
        from derive.cli.commands import app  # takes a while, in which Ctrl-C may come

        code = app(standalone_mode=False)
    except DeriveError as error:
        console.complain(str(error))
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        hint = f"\n  try: {context.command_path} --help" if context else ""
        console.complain(f"{error.format_message()}{hint}")
    except MemoryError:
        console.complain("there is not enough memory for this\n  try: a smaller network")
    except OSError as error:
        console.complain(f"{error.filename or 'the output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        return _interrupted()
    else:
        # typer, too, turns Ctrl-C into this number
        return _interrupted() if code == INTERRUPTED else code if isinstance(code, int) else 0
    return BAD_INPUT


def _interrupted() -> int:
    console.complain("interrupted")
    return INTERRUPTED
