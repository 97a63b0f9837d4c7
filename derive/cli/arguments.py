"""What stands on the command line, checked before any work is done: a few seconds late is a nuisance, minutes worse."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from derive.cli.console import note
from derive.errors import DeriveError, nearest, shown

if TYPE_CHECKING:
    from derive.spec import Model, Spec

FORMATS = ("tex", "pdf", "html", "json")
FORMS = ("named", "expanded", "matrix", "index")


def whole(option: str, low: int, high: int) -> Callable[[str | int], int]:
    """Return a function that reads the whole number after `option`, and raises DeriveError where it is none."""

    def parse(text: str | int) -> int:
        digits = str(text).strip()
        found = int(digits) if re.fullmatch(r"[+-]?[0-9]{1,30}", digits) else None
        if found is not None and low <= found <= high:
            return found
        wrong = f"found {shown(digits)}" if found is None else f"{found} is too {'small' if found < low else 'large'}"
        allowed = f"a whole number from {low:,} to {high:,}"
        raise DeriveError(wrong, where=option, allowed=allowed, hint=f"{option} {max(low, 9)}")

    return parse


def read(network: str) -> Spec | Model:
    """Return the network or the model of a preset or a file, with sound names."""
    from derive import spec
    from derive.notation import checked

    made = spec.load(network)
    return made if isinstance(made, spec.Model) else checked(made, spec.source(network))


def load(network: str) -> Spec:
    """Return the network of a preset or a file, with sound names. Raises DeriveError for a model of equations."""
    from derive import spec

    return spec.layered(read(network), spec.source(network))


def check_reach(made: Spec | Model, network: str) -> None:
    """Raise DeriveError, with the file's name, where the numbers are none to calculate with."""
    from derive import spec
    from derive.backprop import check_reach, models

    try:
        if isinstance(made, spec.Model):
            models.gradients(made)
        else:
            check_reach(made)
    except DeriveError as error:
        raise error.inside(spec.source(network)) from None


def formats(text: str | None) -> list[str]:
    """Return the formats that are listed; all of them where nothing is."""
    wanted = list(FORMATS) if text is None else _listed("--format", text, "tex,html")
    for each in wanted:
        if each not in FORMATS:
            raise DeriveError(
                f"found {shown(each)}", where="--format", allowed=", ".join(FORMATS),
                hint=nearest(each, FORMATS) or "--format tex,html",
            )  # fmt: skip
    return wanted


def parameters(made: Spec | Model, style: str | None, only: str | None) -> list[str] | None:
    """Return the names of the quantities that are listed, each of which is there; None where nothing is listed."""
    from derive.notation import model_notation, notation
    from derive.spec import Model

    if isinstance(made, Model) and style is not None:
        raise DeriveError("a model is called by its author's names", where="--notation", hint="leave --notation out")
    try:
        names = model_notation(made) if isinstance(made, Model) else notation(made, style)
    except DeriveError as error:
        where = "--notation" if error.where == "notation" else f"--notation {style}: {error.where}"
        raise DeriveError(error.what, where=where, allowed=error.allowed, hint=error.hint) from None
    if only is None:
        return None
    wanted = _listed("--only", only, "w1")
    for each in wanted:
        try:
            names.quantity(each)
        except DeriveError as error:
            raise error.inside("--only") from None
    return wanted


def pair(made: Spec | Model, style: str | None, entry: str) -> tuple[str, str]:
    """Return the names of the two parameters of an entry, both of which are there."""
    from derive.notation import model_notation, notation
    from derive.spec import Model

    parameters(made, style, None)  # is the style one?
    names = model_notation(made) if isinstance(made, Model) else notation(made, style)
    found = [part.strip() for part in entry.split(",")]
    if len(found) != 2:
        raise DeriveError(f"found {shown(entry)}", where="--entry", allowed="two parameters", hint="--entry w1,w5")
    for name in found:
        try:
            kind = names.quantity(name).kind
        except DeriveError as error:
            raise error.inside("--entry") from None
        if kind not in ("w", "b"):
            raise DeriveError(f"{shown(name)} is no parameter", where="--entry", allowed="weights and biases")
    return found[0], found[1]


def formats_that_can_be(text: str | None) -> list[str]:
    """Return the formats that are listed, or all that can be made on this machine."""
    wanted = formats(text)
    if "pdf" in wanted and not tex(asked_for=text is not None):
        wanted.remove("pdf")
    return wanted


def _listed(option: str, text: str, example: str) -> list[str]:
    parts = [part.strip() for part in re.findall(r"(?:[^,\[]|\[[^\]]*\]?)+", text) if part.strip()]
    if not parts:
        raise DeriveError("nothing is listed", where=option, hint=f"{option} {example}")
    return list(dict.fromkeys(parts))


def check_form(form: str) -> None:
    """Raise DeriveError for a form that derivations have not."""
    if form not in FORMS:
        raise DeriveError(
            f"found {shown(form)}",
            where="--form",
            allowed=", ".join(FORMS),
            hint=nearest(form, FORMS) or "--form index",
        )


def check_language(language: str) -> None:
    """Raise DeriveError for a language that there are no words in."""
    from derive.render.catalogue import languages

    known = languages()
    if language not in known:
        raise DeriveError(
            f"found {shown(language)}", where="--lang", allowed=", ".join(known), hint=f"--lang {known[0]}"
        )


def check_directory(directory: Path) -> None:
    """Raise DeriveError where it can be seen that nothing can be written."""
    place, hint = directory, "-o another/directory"
    try:
        while not os.path.lexists(place) and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise DeriveError("this is no directory", where=str(place), hint=hint)
    except OSError as error:
        raise DeriveError(f"cannot be written: {error.strerror}", where=str(place)[:300], hint=hint) from None
    if not os.access(place, os.W_OK | os.X_OK):
        raise DeriveError("you may not write here", where=str(place), hint=hint)


def tex(*, asked_for: bool) -> bool:
    """Return whether a PDF can be made. Where not, say so; raise DeriveError where it was asked for or is required."""
    from derive.render.pdf import HOW_TO_GET_TEX, available

    if available():
        return True
    if asked_for or "tex" in os.environ.get("DERIVE_REQUIRE", "").replace(" ", "").split(","):
        raise DeriveError("there is no pdflatex on this machine, which a PDF takes", hint=HOW_TO_GET_TEX)
    note(f"no PDF, because there is no pdflatex on this machine. {HOW_TO_GET_TEX}")
    return False
