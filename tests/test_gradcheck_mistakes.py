"""Wrong programs: none passes, and those that make a mistake with a name are told its name and its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from judging import SIGMOID, changed, judged
from mutating import BASES, RULES, TEMPLATES, mutants, ruled

from derive import diagnose
from derive.gradcheck.data import plain
from derive.gradcheck.telling import tell

RULED = list(ruled())
PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_programs_to_start_from_are_right(template: str) -> None:
    source, fields = TEMPLATES[template]
    assert judged(fields, source).kind == "proved"


@pytest.mark.parametrize("number", range(len(RULES)), ids=[f"{n}-{rule[0]}" for n, rule in enumerate(RULES)])
def test_a_mistake_with_a_name_is_told_its_name_and_place(number: int) -> None:
    name, mutant, fields = RULED[number]
    made = judged(fields, mutant.source)
    assert made.kind == "refuted"
    named = [[each.id for each in match.mistakes] for match in made.matches]
    assert any(name in ids for ids in named), named
    assert len(named) <= 4
    # The line, the one that uses it, or at least the layer.
    assert made.place is not None or made.layer in (1, 2)
    said = plain(tell(made, "net"))
    assert diagnose.words("en")[named[0][0]].title in said


WITH_LINES = {
    "output-slope-of-output", "hidden-slope-left-out", "bias-averaged", "raw-error-sent", "mask-of-gradient",
    "penalty-doubled", "updated-weights", "net-for-output", "doubled", "only-first-path", "bias-left-out",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WITH_LINES - {"output-slope-of-output"}))
def test_the_line_is_named(name: str) -> None:
    _, mutant, fields = next(each for each in RULED if each[0] == name)
    made = judged(fields, mutant.source)
    assert made.place is not None
    assert mutant.line <= made.place.line <= mutant.last_line
    assert made.place.text == mutant.source.splitlines()[made.place.line - 1].strip()


def test_the_step_that_is_contradicted_is_the_one_of_the_derivation() -> None:
    made = judged(SIGMOID, changed("d1 = d2 @ W2 * h * (1 - h)", "d1 = d2 @ W2 * h"))
    assert made.contradicted is not None
    assert made.contradicted.text.startswith("δ_h1[1] = (δ_o1[1] · ")
    assert made.contradicted.text.endswith("· out_h1[1] · (1 − out_h1[1])")


@pytest.mark.parametrize("program", BASES)
def test_no_mutant_of_a_program_passes(program: str) -> None:
    """A dozen of each; scripts/mutants tries all of them, in a sandbox."""
    every = list(mutants((PROGRAMS / f"{program}.py").read_text("utf-8")))
    chosen = [m for m in every[:: max(1, len(every) // 12)] if "while" not in m.source]
    wrong = 0
    for mutant in chosen:
        made = judged(BASES[program], mutant.source)
        if made.passed:
            assert same_gradient(program, mutant.source), (mutant.line, mutant.before, mutant.after)
        wrong += made.kind == "refuted"
    assert wrong >= 3


def same_gradient(program: str, source: str) -> bool:
    """Return whether a program gives the same gradient as the right one, at points of its own, in doubles."""
    import numpy as np
    from judging import spec

    from derive.gradcheck.choosing import alike, by_hand, choose
    from derive.gradcheck.decoding import array, tensors
    from derive.gradcheck.run import request
    from derive.gradcheck.session import Here
    from derive.read.host import Host
    from derive.read.messages import Answer, Plans, Run

    network, session = spec(BASES[program]), Here(Host())
    reply: Any = session.ask(request(network, source, "student.py"))
    assert isinstance(reply, Plans)
    random = np.random.RandomState(99)
    chosen = choose(network, session, reply.plans, random, lambda what, done, whole: None)
    for samples in chosen.samples:
        case = chosen.case(network, samples)
        for number in range(4):
            at = case.draw(random, number)
            answer = session.ask(Run(chosen.plan, case.problem, at))
            assert isinstance(answer, Answer)
            pairs = zip(tensors(case.problem, answer), by_hand(case, at).arrays, strict=True)
            if not all(
                f is None or alike(array(f), e) or (chosen.by_change and not any(f.doubles)) for (_, f), e in pairs
            ):
                return False
    return True
