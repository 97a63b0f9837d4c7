"""What tests of `derive check` share: a document from a text, judged."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from derive import spec
from derive.errata import Claim, Errata, check
from derive.read.document import Document, Format, parse
from derive.spec import Model, Spec

FORMATS: dict[str, Format] = {
    "md": "markdown", "tex": "latex", "rst": "rst", "ipynb": "notebook", "html": "html", "txt": "text",
}  # fmt: skip
OWN = ("arithmetic", "general", "neuron", "softmax", "logistic")
"""Documents of tests/derivations that say themselves what they are about, by the beginning of their names."""


@lru_cache
def mazur() -> Spec | Model:
    return spec.load("mazur")


def document(text: str, name: str = "notes.md") -> Document:
    return parse(text, FORMATS[name.rpartition(".")[2]], name)


def judged(text: str, network: Spec | Model | None = None, name: str = "notes.md", **options: object) -> Errata:
    """Return the errata of a text."""
    return check(document(text, name), spec=network, seed=1, **options)  # type: ignore[arg-type]


def about_the_example(text: str, **options: object) -> Errata:
    """Return the errata of a text about the worked 2-2-2 example."""
    return judged(text, mazur(), **options)  # type: ignore[arg-type]


def kinds(errata: Errata) -> list[str]:
    return [claim.kind for claim in errata.claims]


def only(errata: Errata) -> Claim:
    """Return the one finding."""
    (claim,) = errata.findings
    return claim


def network_of(path: Path) -> Spec | Model | None:
    """Return the network that a document of tests/derivations is judged against."""
    return None if path.name.startswith(OWN) else mazur()
