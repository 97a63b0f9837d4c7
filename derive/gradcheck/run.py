"""From a network and a program to an outcome."""

from __future__ import annotations

import ast
import inspect
import linecache
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from derive.check.verdict import Doubt, Refuted, Undecided, Verdict, combine
from derive.diagnose import Instance, Match
from derive.differentiate import derive
from derive.errors import DeriveError, nearest, shown
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import Chosen, Stop, choose, failed
from derive.gradcheck.conventions import WORDS, together
from derive.gradcheck.explaining import Explained, contradicted, explain
from derive.gradcheck.judge import Judge, Judged
from derive.gradcheck.session import Apart, Here, Session
from derive.gradcheck.verdicts import Convention, Outcome, Reason, Why
from derive.notation import Notation, notation
from derive.read.finding import loaded_from
from derive.read.host import Host
from derive.read.messages import Failed, Load, Plans
from derive.read.sandbox import STANDARD, Limits, Sandbox, Stopped
from derive.spec import Spec
from derive.vocabulary import LOSSES, find

TOTAL = Var("total")
GUARD = 1e-5
LARGEST = 1 << 20  # bytes of source
LAYOUTS = {"rows": "rows are neurons", "columns": "columns are neurons"}

Progress = Callable[[str, int, int], None]


def verify(
    spec: Spec,
    code: Any,
    *,
    entry: str | None = None,
    adapter: str | Path | None = None,
    layout: str | None = None,
    convention: str | Sequence[str] | None = None,
    only_gradient: bool = False,
    seed: int | None = None,
    trust: bool = False,
    limits: Limits | None = None,
    progress: Progress = lambda what, done, whole: None,
) -> Outcome:
    """Return what is known of the gradient that `code` calculates for the network `spec`.

    code: the path of a Python file, which runs in a sandbox; or a function, class or module of your own, which runs
        in this process.
    entry: the function, class or method to call, where it is not found by looking.
    adapter: the path of a file with `def gradients(code, parameters, x, t)` that says how to call it.
    layout: "rows" where each row of a matrix is a neuron, "columns" where each column is; found by trying if None.
    convention: of `WORDS` ("no-half", "mean", …): what the program means, where it is not what the spec means.
    only_gradient: whether the loss that the program shows is left alone.
    seed: of every random choice; drawn afresh if None, so that no program can know it beforehand.
    trust: whether a file may run where there is no sandbox.

    Raises DeriveError where an argument is no good, or a file cannot be read.
    """
    if seed is not None and (type(seed) is not int or not 0 <= seed < 2**63):
        raise DeriveError(f"found {shown(seed)}", where="seed", allowed="a whole number from 0")
    for option, value in (("entry", entry), ("layout", layout)):
        if value is not None and not isinstance(value, str):
            raise DeriveError(f"found {shown(value)}", where=option, allowed="a text")
    if adapter is not None and not isinstance(adapter, str | Path):
        raise DeriveError(f"found {shown(adapter)}", where="adapter", allowed="the path of a Python file")
    if limits is not None and not isinstance(limits, Limits):
        raise DeriveError(f"found {shown(limits)}", where="limits", allowed="derive.read.sandbox.Limits(…)")
    seed = secrets.randbits(32) if seed is None else seed
    with ExitStack() as stack:
        session: Session
        if isinstance(code, str | Path):
            path = Path(code)
            name, source = path.name, _read(path)
            session = Apart(stack.enter_context(Sandbox(limits=limits or STANDARD, trust=trust)))
        else:
            source, name = _text(code), getattr(code, "__name__", type(code).__name__)
            session = Here(Host(loaded_from(code)))
            if entry is None and inspect.isfunction(code) and code.__name__.isidentifier():
                entry = code.__name__  # whatever it is called, it is what is meant
        work = _Work(spec, session, name, source, seed, progress)
        return work.outcome(entry, adapter, layout, convention, only_gradient)


def judge_source(
    spec: Spec, source: str, name: str, *, seed: int, entry: str | None = None, adapter: str | Path | None = None,
    layout: str | None = None, convention: str | Sequence[str] | None = None, only_gradient: bool = False,
) -> Outcome:  # fmt: skip
    """Return what is known of a program that is the caller's own, given as text: it runs in this process."""
    work = _Work(spec, Here(Host()), name, source, seed, lambda what, done, whole: None)
    return work.outcome(entry, adapter, layout, convention, only_gradient)


def request(
    spec: Spec, source: str, name: str, adapter: str | None = None, entry: str | None = None, layout: str | None = None
) -> Load:
    """Return the request to load a program for a network."""
    case = Case(spec, 3, classes=find(LOSSES, spec.loss)[1].classes)
    return Load(source, name, case.problem, adapter, entry, layout)


class _Work:
    def __init__(self, spec: Spec, session: Session, name: str, source: str, seed: int, progress: Progress) -> None:
        self.spec, self.session, self.name, self.source, self.seed = spec, session, name, source, seed
        self.notation: Notation = notation(spec)
        self.progress = progress
        self.facts: tuple[tuple[str, str], ...] = ()
        self.asked = False

    def outcome(
        self, entry: str | None, adapter: str | Path | None, layout: str | None,
        convention: str | Sequence[str] | None, only_gradient: bool,
    ) -> Outcome:  # fmt: skip
        """Return the outcome; a program that stops, or that cannot be judged, has one too."""
        asked = _convention(convention)
        self.asked = asked is not None
        if layout is not None and layout not in LAYOUTS:
            raise DeriveError(f"there is no layout {shown(layout)}", where="layout", allowed=", ".join(LAYOUTS))
        how_to = None if adapter is None else _read(Path(adapter))
        try:
            return self._outcome(how_to, entry, layout and LAYOUTS[layout], asked, only_gradient)
        except Stopped as stopped:
            detail = f"{stopped.reason.value}{f': {stopped.detail}' if stopped.detail else ''}"
            return self.undecided(Reason(Why.STOPPED, detail))
        except Stop as stop:
            return self.undecided(stop.reason)

    def _outcome(
        self, adapter: str | None, entry: str | None, layout: str | None, asked: Convention | None, only_gradient: bool
    ) -> Outcome:
        self.progress("loading the program", 0, 1)
        reply = self.session.ask(request(self.spec, self.source, self.name, adapter, entry, layout))
        if isinstance(reply, Failed):
            raise Stop(failed(reply))
        if not isinstance(reply, Plans) or not reply.plans:
            raise Stop(Reason(Why.NO_ENTRY))
        random = np.random.RandomState([self.seed & 0xFFFFFFFF, 0])
        chosen = choose(self.spec, self.session, reply.plans, random, self.progress)
        self.facts = chosen.facts
        judge = Judge(
            self.spec, self.session, chosen, lambda name: self.notation.label(name).ascii, self.seed,
            asked=asked, only_gradient=only_gradient, literals=_literals(self.source), progress=self.progress,
        )  # fmt: skip
        return self._made(chosen, judge.judge())

    def _made(self, chosen: Chosen, judged: Judged) -> Outcome:
        verdicts: list[Verdict] = [row.verdict for row in judged.rows]
        if judged.loss is not None:
            verdicts.append(judged.loss.verdict)
        facts = (*chosen.facts, *((("inexact", judged.exact),) if judged.exact else ()))
        verdict = combine(verdicts)
        found: dict[str, Any] = self._explained(chosen, judged) if isinstance(verdict, Refuted) else {}
        return Outcome(
            name=self.name, verdict=verdict, rows=judged.rows, loss=judged.loss, facts=facts,
            convention=judged.convention, own_loss=judged.own_loss, given=self.asked,
            one_sample=self.spec.samples == 1, region=judged.region, patterns=judged.patterns,
            both_sides=judged.both_sides, tests=judged.tests, lost=judged.lost, samples=judged.samples,
            points=len(judged.observed), seed=self.seed,
            output=self.session.output, isolation=self.session.isolation, **found,
        )  # fmt: skip

    def _explained(self, chosen: Chosen, judged: Judged) -> dict[str, Any]:
        """Return what is known of a wrong program besides that it is wrong."""
        self.progress("looking for the mistake", 0, 1)
        found: dict[str, Any] = {"deviates": judged.deviates, "guards": tuple(dict.fromkeys(_guards(self.source)))}
        wrong = next((row.parameter for row in reversed(judged.rows) if row.kind == "refuted"), TOTAL)
        try:
            explained = explain(self.spec, self.session, chosen, self.source, self.seed)
        except Stopped:
            explained = Explained((), None, 0)
        of_layer = [r.parameter for r in judged.rows if r.kind == "refuted" and r.parameter.layer == explained.layer]
        located, wrong = explained.located, of_layer[0] if of_layer else wrong
        found["matches"], found["layer"] = explained.matches, explained.layer
        if judged.quotient is not None:
            name, step = judged.quotient
            found["matches"] = (Match((Instance(name, 0),), (("h", step),)),)
        derivation = derive(self.spec, self.notation)
        found["contradicted"] = contradicted(self.spec, derivation, self.notation, wrong, located)
        if located is not None:
            found["place"] = msgspec.structs.replace(
                located.place, quantity=self._called(located.kind, located.layer), right=self._called(*located.before)
            )
        return found

    @staticmethod
    def _called(kind: str, layer: int) -> str:
        """Return the name of a quantity of a layer: "net1", "delta2"; "total" for the loss."""
        return "" if not kind else kind if kind == "total" else f"{kind}{layer}"

    def undecided(self, reason: Reason) -> Outcome:
        return Outcome(
            name=self.name, verdict=Undecided(Doubt.PROGRAM), reason=reason, facts=self.facts, seed=self.seed,
            output=self.session.output, isolation=self.session.isolation,
        )  # fmt: skip


def _convention(words: str | Sequence[str] | None) -> Convention | None:
    if words is None:
        return None
    if not isinstance(words, str | list | tuple) or not all(isinstance(word, str) for word in words):
        raise DeriveError(f"found {shown(words)}", where="convention", allowed="words such as no-half,mean")
    parts = [part.strip() for part in words.split(",")] if isinstance(words, str) else list(words)
    for part in parts:
        if part not in WORDS and part != "spec":
            raise DeriveError(
                f"there is no convention {shown(part)}", where="convention", allowed=", ".join(("spec", *WORDS)),
                hint=nearest(part, WORDS),
            )  # fmt: skip
    return together(part for part in parts if part != "spec")


def _guards(source: str) -> Iterator[tuple[float, int]]:
    """Yield small numbers that a program adds before it takes a logarithm or divides, each with its line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        inside: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].startswith("log"):
            inside = node.args
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            inside = [node.right]
        for part in (part for each in inside for part in ast.walk(each)):
            match part:
                case ast.BinOp(_, ast.Add(), ast.Constant(float() as x)) if 0.0 < x <= GUARD:
                    yield x, part.lineno


def _text(code: Any) -> str:
    """Return the text of the file that an object of the user's own is from, "" where it is not to be had."""
    try:
        path = inspect.getsourcefile(code)
        return "" if path is None else "".join(linecache.getlines(path))
    except TypeError:
        return ""


def _literals(source: str) -> frozenset[float]:
    """Return the numbers that stand in a program."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    values: list[Any] = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return frozenset(float(x) for x in values if type(x) in (int, float) and abs(x) < LARGEST)


def _read(path: Path) -> str:
    """Return the text of a Python file. Raises DeriveError."""
    where = str(path)
    try:
        if path.is_dir():
            raise DeriveError("this is a directory, not a Python file", where=where)
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DeriveError(f"cannot be read: {why}", where=ascii(where) if "\0" in where else where) from None
    if len(data) > LARGEST:
        raise DeriveError("the file is too large", where=where, allowed="at most 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeriveError(
            f"byte {error.start + 1} is not UTF-8", where=where, allowed="Python source in UTF-8"
        ) from None
