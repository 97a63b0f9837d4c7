"""Training: batches, runs, curves, the command line, and the data sets that are learnt."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import derive
from derive import DeriveError
from derive.backprop import gradients, parameters, train
from derive.backprop.batches import batches
from derive.render.blocks import Heading, Paragraph, Picture
from derive.render.catalogue import Catalogue, languages
from derive.render.curve import CurveWords, curve, linear, logarithmic
from derive.render.figure import svg, tikz
from derive.spec import Spec
from derive.training import milestones, section

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def network(count: int = 10, **fields: Any) -> Spec:
    """A 2-2-1 network whose samples are told apart by their first input."""
    layers = [{"size": 2, "activation": "tanh"}, {"size": 1, "activation": "identity"}]
    return derive.network(
        **{
            "inputs": [[k, 0.5] for k in range(count)], "targets": [[k / 10] for k in range(count)], "batch": "mean",
            "learning_rate": 0.05, "layers": layers, "seed": 5, **fields,
        }
    ).spec  # fmt: skip


def seen(spec: Spec, updates: int) -> list[list[int]]:
    """Return which samples each update sees."""
    return [[round(x) for x in inputs[:, 0].tolist()] for inputs, _ in islice(batches(spec), updates)]


# ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_pass_sees_every_sample_once_and_keeps_the_smaller_last_batch() -> None:
    made = seen(network(training={"samples": "batches", "batch_size": 4}), 30)
    assert [len(each) for each in made] == [4, 4, 2] * 10
    passes = [made[k] + made[k + 1] + made[k + 2] for k in range(0, 30, 3)]
    assert all(sorted(each) == list(range(10)) for each in passes)
    assert len({tuple(each) for each in passes}) == 10


def test_the_order_of_batches_is_that_of_the_seed_for_ever() -> None:
    training = {"samples": "batches", "batch_size": 5}
    # What NumPy's frozen stream gives: np.random.RandomState([5, 2]).permutation(10)
    assert seen(network(training=training), 2) == [[4, 8, 7, 6, 1], [2, 9, 3, 5, 0]]
    assert seen(network(training=training), 4) == seen(network(training=training), 4)
    assert seen(network(training=training, seed=6), 4) != seen(network(training=training), 4)


def test_without_shuffling_samples_come_in_their_order() -> None:
    made = seen(network(training={"samples": "batches", "batch_size": 7, "shuffle": False}), 4)
    assert made == [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9]] * 2


def test_a_batch_larger_than_the_whole_is_the_whole() -> None:
    assert [len(each) for each in seen(network(training={"samples": "batches", "batch_size": 99}), 3)] == [10] * 3


@pytest.mark.parametrize("batch", ["mean", "sum"])
def test_an_update_follows_the_loss_of_its_batch_alone(batch: str) -> None:
    training = {"samples": "batches", "batch_size": 6, "shuffle": False}
    spec = network(training=training, batch=batch, learning_rate=0.001)
    _, first, second = train(spec, 2, at=[0, 1, 2])
    # The second update sees the last four samples, and a mean is one of four.
    alone = spec.replace(inputs=spec.inputs[6:], targets=spec.targets[6:])
    slopes = gradients(alone, first.parameters)
    for before, after, slope in zip(first.parameters.weights, second.parameters.weights, slopes.weights, strict=True):
        assert after == pytest.approx(before - 0.001 * slope, rel=1e-14)


def test_a_schedule_on_a_plateau_reads_the_loss_of_each_update() -> None:
    # Every loss is below a best so far of infinity, and no later one is better by 99 %: after two, the rate is 0.
    training = {"schedule": {"name": "reduce on plateau", "patience": 0, "threshold": 0.99, "factor": 1e-9}}
    states = list(train(network(training=training), 5, at=range(6)))
    moved = [float(np.abs(b.parameters.weights[0] - a.parameters.weights[0]).max()) for a, b in pairwise(states)]
    assert min(moved[:2]) > 1e-5
    assert max(moved[2:]) < 1e-8


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_says_where_it_began_and_ended() -> None:
    run = derive.load("xor").train(steps=1500)
    assert [state.step for state in run.states] == [0, 1, 10, 100, 1000, 1500] == milestones(1500)
    assert (run.steps, run.total) == (1500, run.states[-1].total)
    steps = [step for step, _ in run.losses]
    assert steps == sorted(set(steps))
    assert 200 <= len(steps) <= 220
    assert dict(run.losses)[1500] == run.total
    assert repr(run) == f"<training of xor: 1,500 updates by gradient descent, error 0.800239 → {run.total:.6g}>"
    assert repr(derive.load("xor").train(1)).startswith("<training of xor: 1 update by")


def test_what_came_out_of_a_run_is_a_network_to_go_on_with() -> None:
    spec = network(training={"optimiser": "adam"})
    run = derive.Network(spec).train(20)
    trained = run.trained
    for a, b in zip(parameters(trained).weights, run.states[-1].parameters.weights, strict=True):
        assert (a == b).all()
    assert float(derive.Network(trained).derive()["w1"]) == pytest.approx(
        float(gradients(trained).weights[0][0, 0]), rel=1e-12
    )


@pytest.mark.parametrize("bias", ["none", "shared", "per neuron"])
def test_each_kind_of_bias_comes_out(bias: str) -> None:
    layers = [{"size": 2, "bias": bias}, {"size": 1, "bias": bias}]
    run = derive.Network(network(layers=layers)).train(3)
    for a, b in zip(parameters(run.trained).biases, run.states[-1].parameters.biases, strict=True):
        assert a.tolist() == b.tolist()


def test_only_classes_are_right_or_wrong() -> None:
    assert derive.Network(network()).train(1).right is None
    layers = [{"size": 2, "weights": [[1, 0], [0, 1]], "activation": "softmax"}]
    made = {"inputs": [[2, 1], [0, 1], [3, 4]], "targets": [[1, 0], [1, 0], [0, 1]], "layers": layers}
    assert derive.network(**made).train(0).right == 2
    assert derive.network(**{**made, "targets": [[1, 1], [1, 0], [0, 1]]}).train(0).right is None
    half = [{"size": 1, "weights": [[1, 0]], "activation": "sigmoid"}]
    made = {"inputs": [[2, 1], [-1, 1], [3, 4]], "targets": [[1], [1], [0]]}
    assert derive.network(**made, layers=half).train(0).right == 1
    # Where outputs are not between the classes, ½ divides nothing.
    logits = [{"size": 1, "weights": [[1, 0]], "activation": "identity"}]
    assert derive.network(**made, layers=logits).train(0).right is None


# ── Data sets ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "most"), [("moons", 0.003), ("spirals", 0.002)])
def test_the_data_sets_are_learnt(name: str, most: float) -> None:
    run = derive.load(name).train()
    assert run.total < most
    assert run.right == run.spec.samples


def test_a_straight_line_does_not_tell_the_data_sets_apart() -> None:
    for name in ("moons", "spirals"):
        spec = derive.load(name).spec
        run = derive.Network(spec.replace(layers=spec.layers[-1:])).train(1000)
        assert run.right is not None
        assert run.right < 0.95 * spec.samples


def test_the_data_sets_are_made_byte_for_byte() -> None:
    source = importlib.util.spec_from_file_location("datasets", ROOT / "scripts" / "_datasets.py")
    assert source is not None
    assert source.loader is not None
    module = importlib.util.module_from_spec(source)
    source.loader.exec_module(module)
    for name, text in module.made().items():
        assert (ROOT / "derive" / "presets" / name).read_bytes() == text.encode()
        rows = derive.load(name.removesuffix(".toml")).spec.inputs
        assert len(rows) <= 200
        assert all(abs(x.as_tuple().exponent) <= 3 for row in rows for x in row)


# ── Curves ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_axis_is_logarithmic_where_errors_span_two_powers_of_ten() -> None:
    figure = curve([(k, 10.0 ** (-k / 50)) for k in range(0, 201, 10)])
    rise = [line for line in figure.lines if line.kind == "curve"]
    slopes = {round((b.end[1] - b.start[1]) / (b.end[0] - b.start[0]), 9) for b in rise}
    assert len(slopes) == 1  # an exponential is a straight line
    grid = sorted(line.start[1] for line in figure.lines if line.kind == "grid")
    assert len(grid) == 5  # 10⁰ … 10⁻⁴
    assert (rise[0].start[1], rise[-1].end[1]) == pytest.approx((grid[-1], grid[0]))
    names = [text.label.sup for text in figure.texts if text.label]
    assert names == ["−4", "−3", "−2", "−1", "0"]


@pytest.mark.parametrize("points", [[(0, 4.0), (1, 3.0), (2, 2.0)], [(0, 1.0), (5, 0.0)], [(0, 1.0), (9, -100.0)]])
def test_other_errors_have_an_even_axis(points: list[tuple[int, float]]) -> None:
    figure = curve(points)
    assert not any(text.label for text in figure.texts)
    ends = [line.end for line in figure.lines if line.kind == "curve"]
    assert len(ends) == len(points) - 1
    # Where the curve ends, by the numbers at the lines of the grid.
    heights = [line.start[1] for line in figure.lines if line.kind == "grid"]
    numbers = [float(text.text.replace("−", "-")) for text in figure.texts[-len(heights) - 2 : -2]]
    assert np.interp(ends[-1][1], heights, numbers) == pytest.approx(points[-1][1], abs=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.43, 0.81, [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        (-3.0, 4.0, [-4, -2, 0, 2, 4]),
        (5.0, 5.0, [5, 6]),
        (0.0, 0.0, [0, 0.2]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    axis = linear(low, high)
    assert axis.low <= low
    assert axis.high >= high
    assert list(axis.ticks) == pytest.approx(ticks)


def test_ticks_of_many_powers_of_ten_leave_some_out() -> None:
    axis = logarithmic(1e-30, 1.0)
    assert (axis.low, axis.high) == (-30, 0)
    assert len(axis.ticks) <= 8


def test_a_curve_says_in_words_what_it_shows() -> None:
    points = [(0, 0.75), (10, 0.125), (20, 0.5)]
    tree = ElementTree.fromstring(svg(curve(points)))  # noqa: S314
    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "The error during training"
    assert description.text == (
        "A curve of the error from 0.75 before training to 0.5 after 20 updates. It is lowest after 10 updates: 0.125."
    )
    texts = ["".join(each.itertext()) for each in tree.iter(f"{SVG}text")]
    assert {"updates", "error", "0", "20"} <= set(texts)
    assert "script" not in svg(curve(points))


def test_a_long_run_is_a_curve_of_a_few_hundred_points() -> None:
    figure = curve([(k, 2.0 + math.sin(k)) for k in range(100_001)])
    assert 300 < sum(line.kind == "curve" for line in figure.lines) <= 401
    assert len(tikz(figure)) < 60_000


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_words_of_a_curve(language: str) -> None:
    words = CurveWords(**Catalogue(language).section("curve"))
    assert (words == CurveWords()) is (language == "en")
    assert curve([(0, 1.0), (5, 0.5), (9, 0.7)], words).description


@pytest.mark.parametrize("points", [[], [(0, 1.0)], [(0, 1.0), (1, math.nan)]])
def test_what_is_no_curve_is_refused(points: list[tuple[int, float]]) -> None:
    with pytest.raises(DeriveError):
        curve(points)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("samples", ["all", "one drawn", "batches"])
def test_a_report_tells_of_a_run(samples: str, language: str) -> None:
    spec = network(
        training={"samples": samples, "optimiser": "adam", "schedule": "cosine", "steps": 30, "batch_size": 4}
    )
    run = derive.Network(spec).train()
    heading, told, picture = section(run, Catalogue(language))
    assert isinstance(heading, Heading)
    assert isinstance(told, Paragraph)
    assert isinstance(picture, Picture)
    text = "".join(map(str, told.words))
    assert {"30", "Adam", f"{run.losses[0][1]:.6g}", f"{run.total:.6g}"} <= set(re.findall(r"[A-Za-z]+|[\d.]*\d", text))
    if language == "en":
        assert ("each on a batch of 4 samples" in text) is (samples == "batches")
        assert text.endswith("The learning rate follows the cosine schedule.")


def test_the_curve_of_a_run_stands_in_its_report(tmp_path: Path) -> None:
    made = derive.load("mazur")
    run = made.train(50)
    written = made.derive().report(tmp_path, formats=["html", "tex"], only=["w1"], training=run)
    page = written.files["html"].read_text("utf-8")
    assert run.curve().description in page
    assert page.index('id="training"') < page.index('id="verification"')
    assert "net curve line" in written.files["tex"].read_text("utf-8")
    assert written.verification.passed


# ── The command line ─────────────────────────────────────────────────────────────────────────────────────────────


def command(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "derive", "train", *map(str, arguments)],
        cwd=cwd, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_line_sets_the_training_and_prints_it_as_json(tmp_path: Path) -> None:
    options = ["--optimizer", "momentum(0.5)", "--schedule", "cosine", "--rate", "0.25", "--batch-size", "3"]
    picture = tmp_path / "loss.svg"
    made = command("xor", "--steps", "40", "--seed", "3", *options, "--json", "--curve", picture)
    assert made.returncode == 0, made.stderr
    found = json.loads(made.stdout)
    assert found["optimiser"] == {"name": "momentum", "mu": 0.5, "weight_decay": 0.0}
    assert found["schedule"] == {"name": "cosine", "steps": 40.0, "floor": 0.0}
    assert (found["updates"], found["samples"], found["learning_rate"], found["seed"]) == (40, "batches", 0.25, 3)
    training = {
        "steps": 40, "samples": "batches", "batch_size": 3, "schedule": "cosine",
        "optimiser": {"name": "momentum", "mu": 0.5},
    }  # fmt: skip
    fields = {name: getattr(derive.load("xor").spec, name) for name in ("inputs", "targets", "layers")}
    spec = derive.network(**fields, learning_rate=0.25, seed=3, training=training).spec
    *_, last = train(spec)
    # Two processes: a product of matrices may round its last bit as the memory lies.
    assert found["errors"][-1] == {"updates": 40, "error": pytest.approx(last.total, rel=1e-13)}
    np.testing.assert_allclose(found["layers"][0]["weights"], last.parameters.weights[0], rtol=1e-13)
    assert ElementTree.parse(picture).getroot().tag == f"{SVG}svg"  # noqa: S314


def test_the_error_is_printed_on_the_way() -> None:
    made = command("moons", "--steps", "20", "--optimiser", "adagrad")
    assert made.returncode == 0
    assert [line.split()[0] for line in made.stdout.splitlines()[1:5]] == ["0", "1", "10", "20"]
    assert "of 120 samples are classified rightly" in made.stdout


@pytest.mark.parametrize(
    ("options", "where", "said"),
    [
        (["--optimiser", "adm"], "--optimiser", "did you mean 'adam'?"),
        (["--optimiser", "adam(2)"], "--optimiser.beta1", "a number from 0 to below 1"),
        (["--schedule", "cosin"], "--schedule", "did you mean 'cosine'?"),
        (["--rate", "fast"], "--rate", "--rate 0.01"),
        (["--rate", "1e999"], "--rate", "a number"),
        (["--batch-size", "0"], "--batch-size", "too small"),
        (["--curve", "loss.png"], "--curve", ".svg"),
        (["--curve", "/dev/null/loss.svg"], "/dev/null", "no directory"),
    ],
)
def test_what_cannot_be_is_refused(options: list[str], where: str, said: str, tmp_path: Path) -> None:
    made = command("mazur", *options, cwd=tmp_path)
    assert made.returncode == 2
    assert where in made.stderr
    assert said in made.stderr
    assert not list(tmp_path.iterdir())


def test_a_run_that_diverges_says_where_and_leaves_no_picture(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text('inputs = [1]\ntargets = [5]\nlearning_rate = 0.1\n[[layers]]\nsize = 1\nactivation = "identity"\n')
    assert command(file, "--steps", "9").returncode == 0
    made = command(file, "--rate", "1e70", "--curve", tmp_path / "loss.svg")
    assert made.returncode == 2
    assert "training diverges" in made.stderr
    assert "after 3 updates" in made.stderr
    assert "a smaller learning_rate, such as 1e+69" in made.stderr
    assert list(tmp_path.iterdir()) == [file]
