"""Answers requests about one foreign program: loads it, finds its plans, runs them in each mode.

`derive.read.child` serves it inside the sandbox; a program that is the user's own is hosted in the same process.
"""

from __future__ import annotations

import ast
import math
from contextlib import nullcontext
from typing import Any

from derive.check.verdict import Doubt, Undefined
from derive.errors import DeriveError
from derive.read.calling import Called, Misfit, call_and_watch
from derive.read.exact import Notes, exactly
from derive.read.finding import Loaded, Plan, adapted, find, load
from derive.read.messages import Answer, Described, Failed, Load, Numbers, Plans, Reply, Request, Run, Seen
from derive.read.tracing import Tracer
from derive.read.values import Encoder, Given, given, tower_of

LONGEST = 400  # characters of a foreign message


class Host:
    """One program. `loaded`: it, where it is an object of the user's own and not a text to be loaded."""

    def __init__(self, loaded: Loaded | None = None) -> None:
        self._loaded = loaded
        self._plans: list[Plan] = []
        self._written: frozenset[float] = frozenset()

    def handle(self, request: Request) -> Reply:
        """Return the answer; what goes wrong in the program is an answer too."""
        return self._load(request) if isinstance(request, Load) else self._run(request)

    def _load(self, request: Load) -> Reply:
        whose = ""
        try:
            if self._loaded is None:
                self._loaded = load(request.source, request.name)
            if request.adapter is not None:
                whose = "the adapter: "
                self._loaded = adapted(self._loaded, load(request.adapter, "adapter.py"))
        except DeriveError as error:
            return Failed("load", "", f"{whose}{error.what}", hint=error.hint)
        except BaseException as error:
            failed = self._failed("load", error)
            return Failed("load", f"{whose}{failed.error}", failed.message, failed.line)
        try:
            self._plans = find(self._loaded, request.problem, entry=request.entry, layout=request.layout)
        except DeriveError as error:
            return Failed("find", "", f"{error.what}{f' ({error.allowed})' if error.allowed else ''}", hint=error.hint)
        except BaseException as error:
            return self._failed("find", error)
        self._written = frozenset(
            node.value for node in ast.walk(self._loaded.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        )  # fmt: skip
        return Plans(tuple([Described(plan.facts()) for plan in self._plans]))

    def _run(self, request: Run) -> Reply:
        assert self._loaded is not None
        if not 0 <= request.plan < len(self._plans):
            return Failed("find", "", "there is no such plan")
        loaded, plan = self._loaded, self._plans[request.plan]
        notes = Notes(loaded.file)
        tower = None if request.tower is None else tower_of(request.tower)
        here = given(request.problem, request.at, request.mode, tower, notes, request.moving, self._written)
        tracer = Tracer(loaded.file) if request.trace else None

        def called() -> Called:
            return call_and_watch(loaded, plan, request.problem, here.point, twice=request.twice)

        try:
            with nullcontext() if here.kind is None else exactly(here.kind, *loaded.namespaces):
                made: Called = tracer.run(called) if tracer else called()
            return self._answer(request, made, here, notes, tracer)
        except Misfit as error:
            return Failed("misfit", "", error.what, hint=error.hint)
        except Undefined as why:
            return Failed("nested" if why.doubt in (Doubt.NESTED, Doubt.SIZE) else "exact", "", why.doubt.value)
        except BaseException as error:
            return self._failed("call" if request.mode == "double" else "exact", error)

    def _answer(self, request: Run, made: Called, here: Given, notes: Notes, tracer: Tracer | None) -> Answer:
        encoder = Encoder(request.mode, here)
        found = made.found

        def each(arrays: Any) -> tuple[Numbers | None, ...]:
            return tuple([None if array is None else encoder.numbers(array) for array in arrays])

        weights, biases = each(found.weights), each(found.biases)
        loss = None if found.loss is None else encoder.numbers(found.loss)
        outputs = None if found.outputs is None else encoder.numbers(found.outputs)
        return Answer(
            weights, biases, loss, outputs, changed=tuple(made.changed), single=encoder.single,
            bits=encoder.size.bit_length(),
            roots=len(here.algebra.roots) if request.mode in ("field", "tangent") else 0,
            tests=tuple((line, tuple(sorted(signs))) for line, signs in sorted(notes.tests.items())),
            lost=tuple(sorted(notes.lost.items())), close=tuple(sorted(notes.close)),
            trace=() if tracer is None else tuple(
                Seen(v.line, v.function, v.name, Numbers(v.value.shape, tuple(v.value.ravel().tolist())))
                for v in tracer.values
                if all(map(math.isfinite, v.value.ravel().tolist()))
            ),
        )  # fmt: skip

    def _failed(self, kind: str, error: BaseException) -> Failed:
        if isinstance(error, KeyboardInterrupt) and self._loaded is None:
            raise error
        line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else self._line(error)
        return Failed(kind, type(error).__name__[:80], _message(error), line if isinstance(line, int) else 0)

    def _line(self, error: BaseException) -> int:
        """Return the last line of the program on the way to `error`."""
        file = self._loaded.file if self._loaded is not None else None
        found, trace = 0, error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name == file or (file is None and name.startswith("<")):
                found = trace.tb_lineno
            trace = trace.tb_next
        return found


def _message(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST]
    except BaseException:  # a foreign exception's own text may fail in its turn
        return ""
