"""`derive verify`: what is said of a program, as a table in the terminal, as JSON, as JUnit XML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from derive.cli.console import out, progress, say, text_width
from derive.errors import DeriveError
from derive.files import write_all
from derive.render.terminal import STYLES

if TYPE_CHECKING:
    from derive.gradcheck.telling import Told
    from derive.read.sandbox import Limits
    from derive.spec import Spec


def run(
    spec: Spec, program: Path, *, entry: str | None, adapter: Path | None, layout: str | None, convention: str | None,
    only_gradient: bool, seed: int | None, trust: bool, seconds: int, memory: int, language: str, as_json: bool,
    junit: Path | None, quiet: bool,
) -> int:  # fmt: skip
    """Verify a program, print what came out, and return the exit code."""
    from derive.gradcheck import verify
    from derive.gradcheck.data import as_json as json_text
    from derive.gradcheck.data import as_junit
    from derive.gradcheck.telling import tell

    if junit is not None and not junit.parent.is_dir():
        raise DeriveError("there is no such directory", where=str(junit.parent), hint="--junit results.xml")
    with progress(quiet or as_json) as told:
        outcome = verify(
            spec, program, entry=entry, adapter=adapter, layout=layout, convention=convention,
            only_gradient=only_gradient, seed=seed, trust=trust, limits=_limits(seconds, memory), progress=told,
        )  # fmt: skip
    if junit is not None:
        write_all(junit.parent, {junit.name: as_junit(outcome, spec.name, language)})
    if as_json:
        print(json_text(outcome, spec.name, language))
    elif not quiet:
        show(tell(outcome, spec.name, language))
    return outcome.exit_code


def _limits(seconds: int, memory: int) -> Limits:
    from msgspec.structs import replace

    from derive.read.sandbox import STANDARD

    return replace(STANDARD, seconds=float(seconds), memory=memory << 20)


def show(told: Told) -> None:
    """Print an outcome: headline, what is known, the table."""
    out.print(Text(told.mark, style=STYLES[told.kind]), end="  ")
    say(told.headline)
    width = max((cell_len(line.label) for line in told.lines), default=0)
    for line in told.lines:
        label = Text(line.label + " " * (width - cell_len(line.label)), style="bold")
        for part in Text(line.text).wrap(out, max(20, text_width() - width - 4)):
            part.rstrip()
            out.print(Text.assemble("  ", label, "  ", part), soft_wrap=True)
            label = Text(" " * width)
    if not told.table:
        return
    say("")
    if told.summary:
        say(told.summary)
    table = Table(box=None, pad_edge=False)
    for number, head in enumerate(told.head):
        table.add_column(head, justify="right" if number in (1, 2) else "left", overflow="fold")
    for *cells, verdict in told.table:
        table.add_row(*map(Text, cells), Text(verdict, style=_style(verdict)))
    out.print(table)


def _style(verdict: str) -> str:
    return {"✓": "green", "≈": "green", "✗": "bold red", "?": "yellow"}.get(verdict[:1], "")
