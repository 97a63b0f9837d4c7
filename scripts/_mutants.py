"""Judges programs that are wrong in one place, on all processors, and sums up; see tests/mutating.py for how they are
made. With PyTorch, its gradcheck judges the same programs at its usual settings, at one random point."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from mutating import BASES, RULES, TEMPLATES, Mutant, mutants, ruled

import derive
from derive.gradcheck import Outcome, Why
from derive.gradcheck.choosing import Stop, alike, by_hand, choose
from derive.gradcheck.decoding import Misshapen, array, tensors
from derive.gradcheck.locating import Search
from derive.gradcheck.run import request, verify
from derive.gradcheck.session import Apart
from derive.read.messages import Answer, Plans, Run
from derive.read.sandbox import STANDARD, Sandbox, Stopped
from derive.spec import Spec

ROOT = Path(__file__).parent.parent
LIMITS = replace(STANDARD, seconds=15.0)
POINTS = 4  # for each of three numbers of samples, where two programs are compared
SHOWN = 12
out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


class Job(NamedTuple):
    program: str
    mutant: Mutant
    fields: dict[str, Any]
    rule: str = ""


class Result(NamedTuple):
    """What became of a mutant.

    kind: "refuted", "undecided", "fails" (it stops with an error), "misfit" (its gradient has not the form of one, so
    that an update would stop with an error), "stopped", "same" (it gives the right gradient wherever it was tried),
    "CRASHED" or "ACCEPTED".  placed: "line", "layer" or "".  named: whether a rule's mistake is."""

    job: Job
    kind: str
    placed: str
    named: bool | None
    detail: str
    gradcheck: str


def jobs(only: str | None) -> list[Job]:
    """Return every mutant of every program."""
    made = [Job(f"rule {name}", mutant, fields, name) for name, mutant, fields in ruled()]
    for program, fields in BASES.items():
        source = (ROOT / "tests" / "programs" / f"{program}.py").read_text("utf-8")
        made += [Job(program, mutant, fields) for mutant in mutants(source)]
    for program, (source, fields) in TEMPLATES.items():
        made += [Job(program, mutant, fields) for mutant in mutants(source)]
    return [job for job in made if only is None or only in job.program]


def judge(task: tuple[Job, int, bool]) -> Result:
    """Judge one mutant, in a sandbox: it may do anything."""
    job, seed, torch = task
    spec = derive.network(**job.fields).spec
    assert isinstance(spec, Spec)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "student.py"
        path.write_text(job.mutant.source, "utf-8")
        try:
            outcome = verify(spec, path, seed=seed, limits=LIMITS)
        except Exception:
            return Result(job, "CRASHED", "", None, traceback.format_exc()[-700:], "")
    kind, detail = _kind(spec, job, outcome, seed)
    named = None
    if job.rule:
        named = any(each.id == job.rule for match in outcome.matches for each in match.mistakes)
    checked = _gradcheck(spec, job, seed) if torch and kind in ("refuted", "undecided", "ACCEPTED") else ""
    return Result(job, kind, _placed(job, outcome), named, detail, checked)


def _kind(spec: Spec, job: Job, outcome: Outcome, seed: int) -> tuple[str, str]:
    if outcome.passed:
        return ("same", "") if right_everywhere(spec, job.mutant.source, seed) else ("ACCEPTED", outcome.kind)
    if outcome.reason is not None and outcome.reason.why in (Why.CALL, Why.LOAD, Why.NO_ENTRY):
        return "fails", outcome.reason.detail
    if outcome.reason is not None and outcome.reason.why is Why.MISFIT:
        return "misfit", outcome.reason.detail
    if outcome.reason is not None and outcome.reason.why is Why.STOPPED:
        return "stopped", outcome.reason.detail
    return outcome.kind, outcome.reason.why.name if outcome.reason else ""


def _placed(job: Job, outcome: Outcome) -> str:
    """Return whether the right line was named, or the right layer."""
    mutant = job.mutant
    if outcome.place is not None and mutant.line <= outcome.place.line <= mutant.last_line:
        return "line"
    return "layer" if outcome.layer and outcome.layer in _layers(job) else ""


@lru_cache(maxsize=64)
def _layers_by_line(source: str, name: str) -> dict[int, set[int]]:
    """Return for each line of a right program the layers of what it gives a value to."""
    fields = dict(BASES).get(name) or next(f for text, f in TEMPLATES.values() if text == source)
    spec = derive.network(**fields).spec
    assert isinstance(spec, Spec)
    with Sandbox(limits=LIMITS) as sandbox:
        session = Apart(sandbox)
        reply = session.ask(request(spec, source, "student.py"))
        assert isinstance(reply, Plans)
        random = np.random.RandomState(0)
        chosen = choose(spec, session, reply.plans, random, lambda what, done, whole: None)
        case = chosen.case(spec, 1 if chosen.one_at_a_time else chosen.samples[0])
        at = case.draw(random, 0)
        answer = session.ask(Run(chosen.plan, case.problem, at, trace=True))
        assert isinstance(answer, Answer)
    search = Search(case, at, answer.trace, source)
    found: dict[int, set[int]] = {}
    for seen, matches in zip(answer.trace, search.matched, strict=True):
        named = {search.right[m.number].layer for m in matches if search.right[m.number].kind}
        other = {search.right[m.number].layer for m in matches if search.right[m.number].layer}
        found.setdefault(seen.line, set()).update(named or other)
    return found


def _layers(job: Job) -> set[int]:
    """Return the layers that the changed statement is about: all of them, where it is about none in particular."""
    base = next(
        (text for text, _ in TEMPLATES.values() if job.program in TEMPLATES and text == TEMPLATES[job.program][0]), None
    )
    if job.rule:
        base = next(
            TEMPLATES[template][0] for name, template, old, _ in RULES if name == job.rule and old == job.mutant.before
        )
    if base is None:
        base = (ROOT / "tests" / "programs" / f"{job.program}.py").read_text("utf-8")
    lines = _layers_by_line(base, "" if job.rule else job.program)
    made = set().union(*(lines.get(n, set()) for n in range(job.mutant.line, job.mutant.last_line + 1)))
    return made or set(range(1, len(job.fields["layers"]) + 1))


def right_everywhere(spec: Spec, source: str, seed: int) -> bool:
    """Return whether a program gives the gradient by hand at points of its own, in doubles."""
    random = np.random.RandomState([seed, 9])
    with Sandbox(limits=LIMITS) as sandbox:
        session = Apart(sandbox)
        try:
            reply = session.ask(request(spec, source, "student.py"))
            if not isinstance(reply, Plans):
                return False
            chosen = choose(spec, session, reply.plans, random, lambda what, done, whole: None)
            for samples in (*chosen.samples, 5):
                case = chosen.case(spec, samples)
                for number in range(POINTS):
                    at = case.draw(random, number)
                    answer = session.ask(Run(chosen.plan, case.problem, at))
                    if not isinstance(answer, Answer):
                        return False
                    right = by_hand(case, at)
                    pairs = zip(tensors(case.problem, answer), right.arrays, strict=True)
                    if not all(
                        f is None or alike(array(f), e) or (chosen.rate_assumed and not any(f.doubles))
                        or (chosen.by_change and not any(f.doubles))
                        for (_, f), e in pairs
                    ):  # fmt: skip
                        return False
        except (Stop, Stopped, Misshapen):
            return False
    return True


def _gradcheck(spec: Spec, job: Job, seed: int) -> str:
    """Return what torch.autograd.gradcheck says at its usual settings: "accepts", "refuses" or ""."""
    try:
        import torch
    except ImportError:
        return ""
    from derive.backprop.network import Plan, run_forward

    random = np.random.RandomState([seed, 7])
    with Sandbox(limits=LIMITS) as sandbox:
        session = Apart(sandbox)
        try:
            reply = session.ask(request(spec, job.mutant.source, "student.py"))
            assert isinstance(reply, Plans)
            chosen = choose(spec, session, reply.plans, random, lambda what, done, whole: None)
            case = chosen.case(spec, chosen.samples[0])
            at = case.draw(random, 0)
            plan = Plan.of(spec, case.samples)
            here, inputs, targets = case.arrays(at)
            shapes = [a for pair in zip(here.weights, here.biases, strict=True) for a in pair if a.size]

            class Loss(torch.autograd.Function):  # type: ignore[misc]
                @staticmethod
                def forward(context: Any, *arrays: Any) -> Any:
                    found = _filled(here, [a.detach().numpy() for a in arrays])
                    return torch.tensor(float(run_forward(plan, found, inputs, targets).total), dtype=torch.float64)

                @staticmethod
                def backward(context: Any, arriving: Any) -> Any:
                    answer = session.ask(Run(chosen.plan, case.problem, at))
                    assert isinstance(answer, Answer)
                    found = [f for _, f in tensors(case.problem, answer)]
                    return tuple(
                        arriving * torch.tensor(array(f) if f is not None else np.zeros(a.shape))
                        for f, a in zip(found, shapes, strict=True)
                    )

            given = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in shapes]
            return "accepts" if torch.autograd.gradcheck(Loss.apply, given, raise_exception=False) else "refuses"
        except (Stop, Stopped, Misshapen, AssertionError):
            return ""


def _filled(like: Any, arrays: list[Any]) -> Any:
    from derive.backprop import Parameters

    rest = iter(arrays)
    weights, biases = [], []
    for w, b in zip(like.weights, like.biases, strict=True):
        weights.append(next(rest))
        biases.append(next(rest) if b.size else b)
        del w
    return Parameters(tuple(weights), tuple(biases))


def main(
    only: Annotated[str | None, typer.Option(help="Programs whose name has this in it.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all random choices.")] = 1,
    most: Annotated[int | None, typer.Option(min=1, help="So many mutants at the most, evenly chosen.")] = None,
    gradcheck: Annotated[bool, typer.Option("--gradcheck", help="Ask PyTorch's gradcheck as well.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Print every mutant that is no plain case.")] = False,
    workers: Annotated[int, typer.Option("--jobs", min=1, help="How many processes.")] = os.cpu_count() or 1,
) -> None:
    """Judge wrong programs; exit with 1 if one is accepted, or a named mistake not named."""
    started = time.monotonic()
    chosen = jobs(only)
    if most is not None and most < len(chosen):
        chosen = [chosen[k * len(chosen) // most] for k in range(most)]
    with Pool(workers) as pool:
        tasks = [(job, seed, gradcheck) for job in chosen]
        found = list(track(pool.imap_unordered(judge, tasks), "mutants", total=len(tasks), console=err, transient=True))
    raise typer.Exit(report(found, time.monotonic() - started, gradcheck, len(found) if listed else SHOWN))


def report(found: list[Result], seconds: float, torch: bool, most: int) -> int:
    wrong = [r for r in found if r.kind in ("refuted", "undecided", "ACCEPTED")]
    table = Table(box=None, pad_edge=False)
    for head in ("program", "mutants", "fail", "misfit", "stopped", "same", "wrong", "refuted", "undecided", "accepted",
                 "line", "line or layer", *(("gradcheck accepts",) if torch else ())):  # fmt: skip
        table.add_column(head, justify="left" if head == "program" else "right")
    groups: dict[str, list[Result]] = {}
    for result in found:
        name = "rules" if result.job.rule else result.job.program
        groups.setdefault(name, []).append(result)
    for name, results in [*sorted(groups.items()), ("all", found)]:
        kinds = Counter(r.kind for r in results)
        bad = [r for r in results if r.kind in ("refuted", "undecided", "ACCEPTED")]
        refuted = [r for r in bad if r.kind == "refuted"]
        counted = ("fails", "misfit", "stopped", "same")
        row = [
            len(results),
            *(kinds[k] for k in counted),
            len(bad),
            *(kinds[k] for k in ("refuted", "undecided", "ACCEPTED")),
        ]
        shares = [
            _share(sum(r.placed == "line" for r in refuted), len(bad)),
            _share(sum(bool(r.placed) for r in refuted), len(bad)),
        ]
        extra = (
            [_share(sum(r.gradcheck == "accepts" for r in bad), sum(bool(r.gradcheck) for r in bad))] if torch else []
        )
        table.add_row(name, *map(str, row), *shares, *extra)
    out.print(table)
    unnamed = [r for r in found if r.named is False]
    out.print(f"named mistakes: {sum(r.named is True for r in found)} of {sum(r.named is not None for r in found)}")
    out.print(f"{len(found):,} mutants, {len(wrong):,} of them wrong and running, in {seconds:,.0f} s")
    accepted = [r for r in found if r.kind in ("ACCEPTED", "CRASHED")]
    kinds_of = {
        "accepted": accepted,
        "not named": unnamed,
        "undecided": [r for r in wrong if r.kind == "undecided"],
        "refuted, but neither line nor layer": [r for r in wrong if r.kind == "refuted" and not r.placed],
        "proved the same as the right program": [r for r in found if r.kind == "same"],
    }
    for title, results in kinds_of.items():
        for r in results[:most]:
            m = r.job.mutant
            out.print(
                f"{title}: {r.job.program} line {m.line}: {m.before!r} → {m.after!r} {r.detail}",
                markup=False,
                soft_wrap=True,
            )
        if len(results) > most:
            out.print(f"{title}: … and {len(results) - most} more; --list prints them")
    return 1 if accepted or unnamed else 0


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "–"


if __name__ == "__main__":
    typer.run(main)
