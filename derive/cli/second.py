"""`derive hessian` and `derive jacobian`: tables and steps in the terminal, and a report where one is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from derive.check.verdict import Proved, Refuted, Verdict, passes
from derive.cli.console import out, progress, say, text_width
from derive.expression import At, Diff2, Expr, Var
from derive.render.maths import Printer
from derive.render.numbers import decimals
from derive.render.terminal import SIGNS, STYLES

if TYPE_CHECKING:
    from derive.api import Derived
    from derive.derivation import Derivation, Step
    from derive.hessian import Hessian, HessianCheck
    from derive.jacobian import Jacobian, JacobianCheck
    from derive.render.forms import Content
    from derive.spec import Model, Spec

TOTAL = Var("total")
MOST_INPUTS = 40  # whose derivatives stand in the table of checks of a report


class Report(Struct, frozen=True):
    """Where a report goes, in which formats and language."""

    directory: Path
    formats: Sequence[str]
    language: str


def run_hessian(
    spec: Spec | Model, entry: tuple[str, str] | None, notation: str | None, digits: int, seed: int,
    report: Report | None, quiet: bool,
) -> int:  # fmt: skip
    """Find second derivatives, print and write what came out, and return the exit code."""
    from derive.api import Network

    with progress(quiet) as tell:
        tell("deriving", 0, 1)
        derived = Network(spec).derive(notation=notation, digits=digits)
        found = derived.hessian(only=None if entry is None else list(dict.fromkeys(entry)))
        pair = None if entry is None else (derived.quantity(entry[0]), derived.quantity(entry[1]))
        checked = found.check(None if pair is None else [pair], seed=seed, progress=tell)
    if not quiet and pair is not None:
        _print_entry(found, pair, checked)
    elif not quiet:
        _print_hessian(found, checked)
    if report is not None and pair is not None:
        shown = found.content(*pair, checked)
        code = _write(derived, found.shown, shown, list(dict.fromkeys(pair)), seed, report, quiet)
        return max(code, checked.exit_code) if 1 not in (code, checked.exit_code) else 1
    return checked.exit_code


def run_jacobian(
    spec: Spec | Model, notation: str | None, digits: int, seed: int, report: Report | None, quiet: bool
) -> int:
    """Find the Jacobian, print and write what came out, and return the exit code."""
    from derive.api import Network

    with progress(quiet) as tell:
        tell("deriving", 0, 1)
        derived = Network(spec).derive(notation=notation, digits=digits)
        found = derived.jacobian()
        checked = found.check(seed=seed)
    if not quiet:
        _print_jacobian(found, checked)
    if report is not None:
        # The table of checks is about derivatives of the error: by the same inputs.
        inputs = [entry.wrt for entry in found.rows(found.samples[0])[0][:MOST_INPUTS]]
        code = _write(derived, found.derivation, found.content(seed), inputs, seed, report, quiet)
        return max(code, checked.exit_code) if 1 not in (code, checked.exit_code) else 1
    return checked.exit_code


def _write(
    derived: Derived, derivation: Derivation, content: Content, only: Sequence[Var], seed: int, report: Report,
    quiet: bool,
) -> int:  # fmt: skip
    from derive.reporting import write

    written = write(
        derivation, derived.notation, report.directory, digits=derived.digits, formats=report.formats, only=only,
        language=report.language, seed=seed, progress=lambda what, done, whole: None, form=content,
    )  # fmt: skip
    for path in written.files.values() if not quiet else ():
        say(f"  {path}")
    return written.verification.exit_code


# ── Second derivatives ─────────────────────────────────────────────────────────────────────────────────────────


def _print_entry(found: Hessian, pair: tuple[Var, Var], checked: HessianCheck) -> None:
    from derive.differentiate.hessian import SecondPassage

    printer = found.printer(latex=False)
    verdicts = {step.id: verdict for step, verdict in checked.steps}
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for passage in found.passages.ordered(Diff2(TOTAL, *pair)):
        if isinstance(passage, SecondPassage):
            table.add_row(_mark(verdicts[passage.formula.id]), _line(printer, passage.formula))
        for step in passage.steps:
            table.add_row(_mark(verdicts[step.id]), _line(printer, step))
    out.print(table)
    (row,) = checked.rows
    say("")
    say(f"{printer.write(row.quantity)} = {row.value}")
    _say_numpy(checked.rows)
    _say_verdict(f"{sum(passes(v) for v in verdicts.values())} of {len(verdicts)} steps proved", checked.verdict)


def _line(printer: Printer, step: Step) -> str:
    lhs = printer.write(step.lhs)
    if not isinstance(step.rhs, At):
        return f"{lhs} = {printer.write(step.rhs)}"
    made = printer.number(step.rhs)
    numbers, value = printer.write(step.rhs), printer.dialect.number(made)
    sign = "=" if printer.exact(step.rhs.arg) else "≈"
    return f"{lhs} {sign} {numbers}" + (f" {made.relation} {value}" if value != numbers else "")


def _print_hessian(found: Hessian, checked: HessianCheck) -> None:
    names, values = found.names, found.values
    cells = [[decimals(value, found.digits).pretty for value in row] for row in values]
    width = max(len(cell) for row in cells for cell in row) + 2
    most = max(1, (text_width() - max(map(len, names)) - 2) // width)
    for first in range(0, len(names), most):
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for name in names[first : first + most]:
            table.add_column(name, justify="right", no_wrap=True)
        for name, row in zip(names, cells, strict=True):
            table.add_row(Text(name, style="bold"), *row[first : first + most])
        out.print(table)
        say("")
    above, below, unknown = found.eigenvalue_signs()
    signs = [f"{above} positive", f"{below} negative"]
    if unknown:
        signs.append(f"{unknown} that doubles cannot tell from 0")
    say(f"eigenvalues: {', '.join(signs)}")
    _say_numpy(checked.rows)
    proved = sum(isinstance(verdict, Proved) for verdict in checked.symmetry)
    say(f"symmetric: {proved} of {len(checked.symmetry)} pairs proved equal, each side found by steps of its own")
    good = sum(passes(verdict) for _, verdict in checked.steps)
    _say_verdict(f"{good} of {len(checked.steps)} steps proved", checked.verdict)


# ── The Jacobian ───────────────────────────────────────────────────────────────────────────────────────────────


def _print_jacobian(found: Jacobian, checked: JacobianCheck) -> None:
    printer = found.printer(latex=False)
    label = found.notation.label
    for sample in found.samples:
        if sample:
            say(f"sample {sample}:")
        rows, values = found.rows(sample), found.values(sample)
        table = Table(box=None, pad_edge=False)
        table.add_column("∂ by")
        for entry in rows[0]:
            table.add_column(label(entry.wrt).text, justify="right", no_wrap=True)
        for row, numbers in zip(rows, values, strict=True):
            shown = [decimals(number, found.digits).pretty for number in numbers]
            table.add_row(Text(label(row[0].of).text, style="bold"), *shown)
        out.print(table)
        say("")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    members: dict[str, list[Verdict]] = {}
    for step, verdict in checked.index:
        members.setdefault(step.id.rpartition(".")[0], []).append(verdict)
    for equation, verdicts in zip(found.index_form, members.values(), strict=True):
        table.add_row(_mark(*verdicts), _equal(printer, equation.lhs, equation.rhs))
    for step, verdict in checked.matrices[: len(checked.matrices) // len(found.samples)]:
        table.add_row(_mark(verdict), _equal(printer, step.lhs, step.rhs))
    out.print(table)
    say("")
    _say_numpy(checked.rows)
    count = len(checked.index) + len(checked.matrices)
    good = sum(passes(verdict) for _, verdict in (*checked.index, *checked.matrices))
    _say_verdict(f"{good} of {count} equations proved, at each of their members", checked.verdict)


# ── What both say ──────────────────────────────────────────────────────────────────────────────────────────────


def _equal(printer: Printer, lhs: Expr, rhs: Expr) -> str:
    return f"{printer.write(lhs)} = {printer.write(rhs)}"


def _say_numpy(rows: Sequence[object]) -> None:
    from derive.check.numeric import Row, Way
    from derive.hessian import distance

    found = [row for row in rows if isinstance(row, Row)]
    distances = [float(made[1]) for row in found if (made := distance(row)) is not None]
    found = [row for row in found if any(reading.way is Way.COMPLEX for reading in row.readings)]
    agree = sum(passes(row.verdict) for row in found)
    largest = f"; the largest relative difference is {max(distances):.0e}" if distances else ""
    say(f"NumPy by complex steps: {agree} of {len(found)} values agree{largest}")


def _say_verdict(what: str, verdict: Verdict) -> None:
    out.print(_mark(verdict), end="  ")
    say(what)


def _mark(*verdicts: Verdict) -> Text:
    refuted = any(isinstance(verdict, Refuted) for verdict in verdicts)
    proved = all(isinstance(verdict, Proved) for verdict in verdicts)
    kind = "refuted" if refuted else "proved" if proved else "agrees" if all(map(passes, verdicts)) else "undecided"
    return Text(f"{SIGNS[kind]} {kind}", style=STYLES[kind])
