"""What derive prints, it reads back: a report checked by derive has no finding, and nothing in it is undecided."""

from __future__ import annotations

from pathlib import Path

import pytest
from proofreading import judged

import derive
from derive.spec import Model, Spec

PRESETS = ("mazur", "logistic", "ridge")


def undecided(made: derive.Network, folder: Path, name: str, **options: object) -> list[tuple[str, str]]:
    """Return what is found wrong, or not decided, in a report of a network, in TeX and as a page."""
    form = str(options.pop("form", "named"))
    language = str(options.pop("language", "en"))
    formats = ("html",) if language == "zh" else ("tex", "html")
    made.derive(**options).report(folder, formats=formats, form=form, language=language)  # type: ignore[arg-type]
    found = []
    for suffix in formats:
        errata = judged((folder / f"{name}.{suffix}").read_text("utf-8"), made.spec, f"report.{suffix}")
        assert len(errata.claims) > 20
        found += [(claim.left, claim.reason) for claim in errata.claims if claim.finding or claim.kind == "undecided"]
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_a_report_is_read_back(preset: str, tmp_path: Path) -> None:
    assert undecided(derive.load(preset), tmp_path, preset) == []


@pytest.mark.parametrize("notation", ["mazur", "indexed"])
@pytest.mark.parametrize("form", ["named", "expanded", "matrix", "index"])
def test_so_is_every_form_in_every_notation(notation: str, form: str, tmp_path: Path) -> None:
    assert undecided(derive.load("mazur"), tmp_path, "mazur", notation=notation, form=form) == []


def test_so_is_the_chinese_one(tmp_path: Path) -> None:
    assert undecided(derive.load("mazur"), tmp_path, "mazur", language="zh") == []


NETWORKS: dict[str, dict[str, object]] = {
    "softmax with cross-entropy": {
        "inputs": ["0.5", "-1"], "targets": [0, 1, 0], "loss": "categorical cross-entropy",
        "layers": [{"size": 2, "activation": "tanh"}, {"size": 3, "activation": "softmax"}], "seed": 3,
    },
    "relu, three hidden layers": {
        "inputs": ["0.3", "0.8"], "targets": ["0.2"], "seed": 5,
        "layers": [{"size": 2, "activation": "relu"}, {"size": 2, "activation": "relu"}, {"size": 2}, {"size": 1}],
    },
    "two samples": {"inputs": [["0.1", "0.2"], ["0.4", "-0.3"]], "targets": [[1], [0]], "batch": "mean",
                    "layers": [{"size": 2}, {"size": 1}], "seed": 2},
    "one neuron, Adam": {"inputs": ["0.5"], "targets": ["1"], "layers": [{"size": 1}], "seed": 1,
                         "training": {"optimiser": "adam"}},
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_so_are_other_networks(name: str, tmp_path: Path) -> None:
    made = derive.network(**NETWORKS[name])
    assert isinstance(made.spec, Spec | Model)
    assert undecided(made, tmp_path, made.spec.slug) == []
