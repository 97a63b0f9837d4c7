"""Makes the data sets of the presets moons and spirals, or compares them byte for byte. See scripts/datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.random import RandomState
from numpy.typing import NDArray
from rich.console import Console

PRESETS = Path(__file__).resolve().parent.parent / "derive" / "presets"
WIDTH = 120
out = Console(highlight=False, soft_wrap=True)

Points = list[tuple[float, float]]


def moons(random: RandomState, count: int, noise: float) -> list[Points]:
    """Return two half circles of `count` points each, every one reaching into the other's opening."""
    angles = np.linspace(0.0, np.pi, count)
    upper = np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], axis=1)
    return [_noisy(random, each, noise) for each in (upper, -upper)]


def spirals(random: RandomState, count: int, turns: float, noise: float) -> list[Points]:
    """Return two arms of `count` points each, which wind round the origin in `turns` turns, half a turn apart."""
    # Evenly spaced along the arm, nearly: its length grows with the square of the radius.
    radii = np.sqrt(np.linspace(0.02, 1.0, count))
    angles = 2.0 * np.pi * turns * radii
    arm = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    return [_noisy(random, each, noise) for each in (arm, -arm)]


def _noisy(random: RandomState, points: NDArray[np.float64], noise: float) -> Points:
    # Three decimals: what the last bit of a cosine is does not matter.
    moved = np.round(points + noise * random.standard_normal(points.shape), 3) + 0.0
    return [(float(x), float(y)) for x, y in moved]


MOONS = """\
# Two moons: {count} points of two classes, two half circles that reach into each other, made by scripts/datasets.
# 2,000 updates take the mean loss from 0.75 to 0.002, with no point on the wrong side.
title = "Two moons, told apart by a 2-8-1 network"

{rows}
loss = "binary cross-entropy"
batch = "mean"
learning_rate = 0.1
seed = 1

[[layers]]
size = 8
activation = "tanh"
weights = {{ draw = "glorot uniform" }}

[[layers]]
size = 1
activation = "sigmoid"
weights = {{ draw = "glorot uniform" }}

[training]
steps = 2000
samples = "batches"
batch_size = 20
optimiser = "adam"
schedule = "cosine"
"""

SPIRALS = """\
# Two spirals: {count} points of two classes, two arms wound round each other, made by scripts/datasets.
# 6,000 updates take the mean loss from 1.0 below 0.001, with no point on the wrong side.
# Lang & Witbrock, Learning to tell two spirals apart, Proc. 1988 Connectionist Models Summer School.
title = "Two spirals, told apart by a 2-16-16-1 network"

{rows}
loss = "binary cross-entropy"
batch = "mean"
learning_rate = 0.03
seed = 1

[[layers]]
size = 16
activation = "tanh"
weights = {{ draw = "glorot uniform", gain = 2 }}

[[layers]]
size = 16
activation = "tanh"
weights = {{ draw = "glorot uniform", gain = 2 }}

[[layers]]
size = 1
activation = "sigmoid"
weights = {{ draw = "glorot uniform" }}

[training]
steps = 6000
samples = "batches"
batch_size = 32
optimiser = "adam"
schedule = "one-cycle"
"""


def rows(classes: list[Points]) -> str:
    """Return the keys inputs and targets, the classes in turns."""
    inputs, targets = [], []
    for pair in zip(*classes, strict=True):
        for label, (x, y) in enumerate(pair):
            inputs.append(f"[{x}, {y}]")
            targets.append(f"[{label}]")
    return f"inputs = [\n{_wrapped(inputs)}]\ntargets = [\n{_wrapped(targets)}]"


def _wrapped(parts: list[str]) -> str:
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) + 3 > WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else '    '}{part},"
    return "".join(f"{line}\n" for line in lines)


def made() -> dict[str, str]:
    """Return the presets by the names of their files."""
    texts = {}
    for name, text, classes in (
        ("moons.toml", MOONS, moons(RandomState(1), 60, 0.12)),
        ("spirals.toml", SPIRALS, spirals(RandomState(2), 80, 1.75, 0.015)),
    ):
        texts[name] = text.format(count=sum(map(len, classes)), rows=rows(classes))
    return texts


def main(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where a preset differs.")] = False,
) -> None:
    """Write the presets whose data are made, or compare them with what would be written."""
    differing = []
    for name, text in made().items():
        path = PRESETS / name
        if check and (not path.exists() or path.read_bytes() != text.encode()):
            differing.append(f"{path} is not what is made now")
        elif not check:
            path.write_bytes(text.encode())
    if check:
        out.print(*(differing or ["the presets are what is made now"]), sep="\n", markup=False)
    raise typer.Exit(1 if differing else 0)


if __name__ == "__main__":
    typer.run(main)
