"""Classes, counted from 0, in the place of targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import derive
from derive import spec as specs
from derive.errors import DeriveError
from derive.spec import schema

LAYER = {"size": 3, "activation": "softmax", "weights": [[0.5, 0.25], [-0.5, 1], [0.1, -0.3]], "biases": [0.1, 0, 0.2]}
FIELDS: dict[str, Any] = {"inputs": [[1, 2], [-1, 0.5]], "layers": [LAYER], "loss": "categorical cross-entropy"}
ENDS = {
    "categorical cross-entropy": "softmax", "kullback-leibler divergence": "softmax",
    "negative log-likelihood": "log-softmax",
}  # fmt: skip


@pytest.mark.parametrize("loss", ENDS)
def test_a_class_is_the_target_with_one_1(loss: str) -> None:
    layers = [LAYER | {"activation": ENDS[loss]}]
    made = derive.network(**FIELDS | {"loss": loss, "layers": layers, "classes": [2, 0]})
    plain = derive.network(**FIELDS | {"loss": loss, "layers": layers, "targets": [[0, 0, 1], [1, 0, 0]]})
    assert made.spec.targets == plain.spec.targets
    assert made.derive()["w1"].value == plain.derive()["w1"].value
    assert made.derive().check().passed


def test_the_report_says_what_a_class_means(tmp_path: Path) -> None:
    derived = derive.network(**FIELDS, classes=[2, 0]).derive()
    for language, said in (("en", "Classes are counted from 0: class 2"), ("zh", "类别从 0 数起：类别 2")):
        report = derived.report(tmp_path, formats=["html"], only=["w1"], language=language)
        assert report.files["html"].read_text("utf-8").count(said) == 1


def test_a_file_may_give_classes_and_the_schema_knows() -> None:
    text = """
        inputs = [[1, 2], [-1, 0.5]]
        classes = [2, 0]
        loss = "negative log-likelihood"
        [[layers]]
        size = 3
        activation = "log-softmax"
    """
    assert specs.loads(text).classes == (2, 0)
    validator = jsonschema.Draft202012Validator(schema())
    fields = {"inputs": [[1, 2]], "layers": [{"size": 3}]}
    assert validator.is_valid(fields | {"classes": [2]})
    assert validator.is_valid(fields | {"targets": [[0, 0, 1]]})
    assert not validator.is_valid(fields)
    assert not validator.is_valid(fields | {"classes": ["two"]})


@pytest.mark.parametrize(
    ("fields", "where", "said"),
    [
        ({"classes": [3, 0]}, "classes[0]", "class 3 has no output"),
        ({"classes": [0, -1]}, "classes[1]", "counted from 0"),
        ({"classes": [0]}, "classes", "1 classes for 2 samples"),
        ({"classes": [0, 1], "targets": [[1, 0, 0], [1, 0, 0]]}, "classes[1]", "not what the targets"),
        ({"classes": [0.5, 1]}, "classes", "a whole number"),
        ({"classes": [True, False]}, "classes", "a whole number"),
        ({"classes": "0"}, "classes", "a whole number"),
        ({"classes": [0, 1], "loss": "half squared error"}, "classes", "takes targets, not classes"),
        ({}, "network(…)", "the key targets is missing"),
    ],
)
def test_classes_that_make_no_sense_are_refused(fields: dict[str, Any], where: str, said: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.network(**FIELDS | fields)
    assert where in caught.value.where
    assert said in str(caught.value)


def test_targets_and_classes_that_say_the_same_may_both_be_there() -> None:
    made = derive.network(**FIELDS, classes=[2, 0], targets=[[0, 0, 1], [1, 0, 0]])
    assert made.spec == derive.network(**FIELDS, classes=[2, 0]).spec
