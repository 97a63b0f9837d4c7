"""From a derivation to files: build the document, check all that it says, add the outcome, write it whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from derive.check.numeric import Reading, Row, Way
from derive.check.verdict import Agrees, Proved, combine, passes, word
from derive.derivation import Derivation, Step
from derive.differentiate.forms import TAG
from derive.errors import DeriveError, nearest, shown
from derive.expression import Diff, Var
from derive.files import write_all
from derive.forms import content
from derive.notation import Notation
from derive.render.blocks import Document, Mark, Summary, Words
from derive.render.catalogue import Catalogue
from derive.render.data import GradientRow, to_json
from derive.render.forms import Content, form_body
from derive.render.html import html
from derive.render.latex import latex
from derive.render.model import body as model_body
from derive.render.numbers import decimals
from derive.render.passages import TABLE_DIGITS, Writer
from derive.render.pdf import pdf
from derive.render.report import TOTAL, Body, body
from derive.render.verified import Outcomes, Verified, outcome
from derive.spec import Model
from derive.training import Run
from derive.training import section as training_section
from derive.verification import Decimal, Verification, all_steps, quantities, verify

FORMATS = ("tex", "pdf", "html", "json")
MEANINGLESS = 2.0**60  # ulp; more than a double has
MOST = 400  # derivatives in one report: more would be a book
MOST_SAMPLES = 200
MOST_SUMMANDS = 2_000  # derivatives × samples: every derivative is a sum over the samples
MOST_PARAMETERS = 500_000  # in the network: to check one derivative takes the values of all

Progress = Callable[[str, int, int], None]


class Report:
    """A report that has been written: its files by format, and what the checks said."""

    def __init__(
        self, files: Mapping[str, Path], verification: Verification, summary: tuple[tuple[Mark, Words], ...]
    ) -> None:
        self.files = files
        self.verification = verification
        self.summary = summary

    def __repr__(self) -> str:
        return f"<report: {', '.join(map(str, self.files.values()))}>"


def write(
    derivation: Derivation,
    notation: Notation,
    directory: Path,
    *,
    digits: int,
    formats: Sequence[str],
    only: Sequence[Var] | None,
    language: str,
    seed: int,
    progress: Progress,
    form: str | Content = "named",
    training: Run | None = None,
) -> Report:
    """Write the report of a derivation into `directory`. See `derive.api.Derived.report`."""
    for each in formats:
        if each not in FORMATS:
            raise DeriveError(f"no format {shown(each)}", allowed=", ".join(FORMATS), hint=nearest(each, FORMATS))
    _refuse_a_book(derivation, notation, only)
    words = Catalogue(language)
    made, verification, document = build(
        derivation, notation, words, digits=digits, only=only, seed=seed, progress=progress, form=form,
        training=training,
    )  # fmt: skip
    slug = derivation.spec.slug
    files: dict[str, str | bytes] = {}
    if "tex" in formats or "pdf" in formats:
        source = latex(document)
        if "tex" in formats:
            files[f"{slug}.tex"] = source
        if "pdf" in formats:
            progress("setting the PDF", 0, 1)
            files[f"{slug}.pdf"] = pdf(source)
    if "html" in formats:
        files[f"{slug}.html"] = html(document, contents=words.plain("contents"))
    if "json" in formats:
        files[f"{slug}.json"] = _data(derivation, notation, made, verification)
    paths = write_all(directory, files)
    (summary,) = (block for block in document.blocks[:1] if isinstance(block, Summary))
    return Report({path.suffix[1:]: path for path in paths}, verification, summary.lines)


def _refuse_a_book(derivation: Derivation, notation: Notation, only: Sequence[Var] | None) -> None:
    spec = derivation.spec
    samples = 1 if isinstance(spec, Model) else spec.samples
    if spec.parameter_count > MOST_PARAMETERS:
        raise DeriveError(
            f"to check one derivative takes the values of all {spec.parameter_count:,} weights and biases",
            allowed=f"at most {MOST_PARAMETERS:,}", hint="smaller layers",
        )  # fmt: skip
    if samples > MOST_SAMPLES:
        raise DeriveError(
            f"a report over {samples:,} samples would be a book", allowed=f"at most {MOST_SAMPLES}",
            hint="the first few rows of inputs and targets",
        )  # fmt: skip
    count = spec.parameter_count if only is None else len(only)
    most = min(MOST, MOST_SUMMANDS // samples)
    if count > most:
        over = f" over {samples} samples" if samples > 1 else ""
        raise DeriveError(
            f"a report of {count:,} derivatives{over} would be a book", allowed=f"at most {most}",
            hint=f"a few of them: --only {notation.label(derivation.parameters[0]).ascii}",
        )  # fmt: skip


def build(
    derivation: Derivation,
    notation: Notation,
    words: Catalogue,
    *,
    digits: int,
    only: Sequence[Var] | None,
    seed: int,
    progress: Progress,
    form: str | Content = "named",
    training: Run | None = None,
) -> tuple[Body, Verification, Document]:
    """Return the body of a report, what the checks say of it, and the whole document."""
    if form == "named":
        write_body = model_body if isinstance(derivation.spec, Model) else body
        made = write_body(derivation, notation, words, digits=digits, only=only, progress=progress)
    else:
        shown_form = form if isinstance(form, Content) else content(derivation, notation, form, only, seed)
        made = form_body(derivation, notation, words, shown_form, digits=digits, only=only, progress=progress)
    forward = [key for key in made.keys if isinstance(key, Var) and not key.kind.endswith("+")] or [TOTAL]
    named = quantities(derivation) if only is None else forward
    wanted = [key.wrt for key in made.keys if isinstance(key, Diff)]
    printed = [Decimal(p.of, p.decimals.text, p.decimals.exact, p.updated) for p in made.printed]
    # The table of checks, which is written last, prints decimals of its own.
    for key in [Diff(TOTAL, name) for name in wanted]:
        shown_value = decimals(derivation.values[key], TABLE_DIGITS)
        printed.append(Decimal(key, shown_value.text, shown_value.exact))
    verification = verify(
        derivation,
        wanted,
        forward=named,
        steps=(*_behind(derivation, made, only, form), *made.steps),
        decimals=printed,
        seed=seed,
        progress=progress,
    )
    writer = Writer(derivation, notation, words, digits)
    trained = training_section(training, words) if training else ()
    section = Verified(writer, _outcomes(verification, writer, len(wanted)))
    blocks = (section.summary, *made.blocks, *trained, *section.blocks())
    return made, verification, Document(words.language, made.title, made.subtitle, blocks)


def _behind(derivation: Derivation, made: Body, only: Sequence[Var] | None, form: str | Content) -> Sequence[Step]:
    """Return the steps of the passages that a report shows or stands on, and of the matrices that it shows."""
    return all_steps(derivation, made.keys) if only is None and form == "named" else derivation.chain(*made.keys)


def _outcomes(verification: Verification, writer: Writer, parameters: int) -> Outcomes:
    verdicts = [verdict for _, verdict in verification.steps]
    together = combine(verdicts)
    # What is written out has tests as long as itself; the named steps behind it say the same of named quantities.
    named = [verdict for step, verdict in verification.steps if not step.id.startswith(TAG["expanded"])]
    rows = (*verification.parameters, *verification.updates)
    decided = (*named, *(row.verdict for row in rows))
    region = tuple(dict.fromkeys(c for v in decided if isinstance(v, Proved | Agrees) for c in v.region))
    ways = {reading.way for row in verification.parameters for reading in row.readings}
    return Outcomes(
        steps=verification.steps,
        derivatives=gradient_rows(verification, writer),
        quantities=[(row.quantity, row.verdict) for row in verification.quantities],
        decimals=[(each.of, each.text, verdict) for each, verdict in verification.decimals],
        region=region,
        exponent=together.exponent if isinstance(together, Proved) else None,
        seed=verification.seed,
        method="central difference" if Way.CENTRAL in ways else "complex step",
        parameters=parameters,
        updates=[(row.quantity, row.verdict) for row in verification.updates],
    )


def gradient_rows(verification: Verification, writer: Writer) -> list[GradientRow]:
    """Return how each derivative came out, as data."""
    made = []
    for row in verification.parameters:
        by_hand = _reading(row, Way.BACKPROP)
        step = _reading(row, Way.COMPLEX) or _reading(row, Way.CENTRAL)
        dual = _reading(row, Way.DUAL)
        assert isinstance(row.quantity, Diff)
        judged = outcome(row.verdict, writer.text)
        if passes(row.verdict) and step is not None and not passes(step.verdict):
            # It agrees in the other three ways; what a difference says at a kink is about no derivative.
            judged = msgspec.structs.replace(judged, reason=outcome(step.verdict, writer.text).reason)
            step = msgspec.structs.replace(step, ulps=None)
        made.append(
            GradientRow(
                name=row.quantity.wrt,
                dual=dual.value if dual else "",
                numpy=_double(by_hand),
                numpy_ulp=_rounded(by_hand),
                step=_double(step),
                step_ulp=_rounded(step),
                outcome=judged,
            )
        )
    return made


def _reading(row: Row, way: Way) -> Reading | None:
    return next((reading for reading in row.readings if reading.way is way), None)


def _double(reading: Reading | None) -> float | None:
    return float(reading.value) if reading is not None and reading.value else None


def _rounded(reading: Reading | None) -> float | None:
    # Of 0 there is no last place: the distance in units of the smallest double says nothing.
    zero = reading is not None and reading.ulps is not None and reading.ulps > MEANINGLESS
    return None if reading is None or reading.ulps is None or zero else float(f"{reading.ulps:.3g}")


def _data(derivation: Derivation, notation: Notation, made: Body, verification: Verification) -> str:
    writer = Writer(derivation, notation, Catalogue("en"), 9)
    outcomes = _outcomes(verification, writer, len(verification.parameters))

    def tally(verdicts: list[bool]) -> dict[str, int]:
        return {"all": len(verdicts), "passed": sum(verdicts)}

    verdict = {
        "word": word(verification.verdict),
        "passed": verification.passed,
        "steps": tally([passes(v) for _, v in verification.steps]),
        "derivatives": tally([passes(row.verdict) for row in verification.parameters]),
        "quantities": tally([passes(row.verdict) for row in verification.quantities]),
        **({"updates": tally([passes(row.verdict) for row in verification.updates])} if verification.updates else {}),
        "decimals": tally([passes(v) for _, v in verification.decimals]),
        "error_exponent": outcomes.exponent,
        "seed": verification.seed,
        "region": [{"test": writer.text.write(c.test), "sign": c.sign} for c in outcomes.region],
    }
    return to_json(
        derivation,
        notation,
        steps=[(step, outcome(v, writer.text)) for step, v in verification.steps],
        quantities=[row.quantity for row in verification.quantities if isinstance(row.quantity, Var)],
        rows=outcomes.derivatives,
        verdict=verdict,
    )
