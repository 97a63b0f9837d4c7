"""Compares optimisers, schedules and whole training runs with PyTorch's, step by step, in doubles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as functional
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch.optim import lr_scheduler as schedulers

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from optimising import (
    RATES_AT,
    SCHEDULED,
    SETTINGS,
    START,
    STEPS,
    TRAINING_STEPS,
    loss,
    networks,
    optimiser,
    probe,
    run,
    schedule,
    slope,
)

from derive.backprop import train
from derive.backprop.batches import batches
from derive.spec import Chosen, Spec

SMALL = 1e-12  # relative to the largest weight, over the 100 updates of the small problem
TRAINED = 1e-9  # the same, over 200 updates of a network
out = Console(highlight=False, width=140)

# NAdam keeps its product in the default type, and everything here is in doubles.
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# ── What PyTorch calls it ────────────────────────────────────────────────────────────────────────────────────────

Parameters = list[torch.Tensor]


def torch_optimiser(made: Chosen, parameters: Parameters, eta: float) -> torch.optim.Optimizer:
    """Return PyTorch's optimiser of that name and those constants."""
    given = {name: float(value) for name, value in made.constants.items()}
    names = {"mu": "momentum", "epsilon": "eps"}
    options: dict[str, Any] = {names.get(name, name): value for name, value in given.items()}
    if "beta1" in options:
        options["betas"] = (options.pop("beta1"), options.pop("beta2"))
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "gradient descent": torch.optim.SGD, "momentum": torch.optim.SGD, "nesterov": torch.optim.SGD,
        "adagrad": torch.optim.Adagrad, "adadelta": torch.optim.Adadelta, "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "nadam": torch.optim.NAdam,
    }  # fmt: skip
    if made.name == "nesterov":
        options["nesterov"] = True
    return kinds[made.name](parameters, lr=eta, **options)


def torch_schedule(made: Chosen, optimiser: torch.optim.Optimizer, eta: float) -> Any:
    """Return PyTorch's scheduler of that name and those constants."""
    given = {name: float(value) for name, value in made.constants.items()}
    steps = int(given.get("steps", 0))
    match made.name:
        case "constant":
            return schedulers.ConstantLR(optimiser, factor=1.0)
        case "step":
            return schedulers.StepLR(optimiser, int(given["every"]), given["factor"])
        case "exponential":
            return schedulers.ExponentialLR(optimiser, given["factor"])
        case "inverse time":
            return schedulers.LambdaLR(optimiser, lambda epoch: 1.0 / (1.0 + given["decay"] * epoch))
        case "polynomial":
            return schedulers.PolynomialLR(optimiser, steps, given["power"])
        case "cosine":
            return schedulers.CosineAnnealingLR(optimiser, steps, given["floor"])
        case "warm-up":
            return schedulers.LinearLR(optimiser, given["start"], 1.0, steps)
        case "cyclical":
            return schedulers.CyclicLR(optimiser, given["start"] * eta, eta, steps, cycle_momentum=False)
        case "one-cycle":
            return schedulers.OneCycleLR(
                optimiser, eta, steps, pct_start=given["rise"], cycle_momentum=False,
                div_factor=1.0 / given["start"], final_div_factor=1.0 / given["end"],
            )  # fmt: skip
        case "reduce on plateau":
            return schedulers.ReduceLROnPlateau(
                optimiser, factor=given["factor"], patience=int(given["patience"]), threshold=given["threshold"],
                cooldown=int(given["cooldown"]), min_lr=given["floor"],
            )  # fmt: skip
    raise NotImplementedError(made.name)


def after_update(scheduler: Any, seen: float) -> None:
    if isinstance(scheduler, schedulers.ReduceLROnPlateau):
        scheduler.step(seen)
    else:
        scheduler.step()


ACTIVATED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "identity": lambda net: net,
    "softmax": lambda net: torch.softmax(net, 1), "log-softmax": lambda net: torch.log_softmax(net, 1),
    "leaky relu": functional.leaky_relu, "elu": functional.elu, "selu": functional.selu,
    "softplus": functional.softplus, "softsign": functional.softsign, "gelu": functional.gelu,
    "gelu tanh": lambda net: functional.gelu(net, approximate="tanh"), "silu": functional.silu,
    "mish": functional.mish, "hard tanh": functional.hardtanh,
}  # fmt: skip

LOST: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "half squared error": lambda out, t: 0.5 * functional.mse_loss(out, t, reduction="sum"),
    "mean squared error": lambda out, t: functional.mse_loss(out, t, reduction="sum") / t.shape[1],
    "mean absolute error": lambda out, t: functional.l1_loss(out, t, reduction="sum") / t.shape[1],
    "huber": lambda out, t: functional.huber_loss(out, t, reduction="sum"),
    "binary cross-entropy": lambda out, t: functional.binary_cross_entropy(out, t, reduction="sum"),
    "binary cross-entropy on logits": lambda out, t: functional.binary_cross_entropy_with_logits(
        out, t, reduction="sum"
    ),
    "categorical cross-entropy": lambda out, t: -(t * torch.log(out)).sum(),
    "kullback-leibler divergence": lambda out, t: functional.kl_div(torch.log(out), t, reduction="sum"),
    "negative log-likelihood": lambda out, t: -(t * out).sum(),
}
"""The loss of a batch, summed over its samples."""

# ── Comparisons ──────────────────────────────────────────────────────────────────────────────────────────────────


def distance(ours: list[NDArray[Any]], theirs: list[NDArray[Any]]) -> float:
    """Return the largest difference, in units of the largest number."""
    most = max(float(np.max(np.abs(array), initial=0.0)) for array in theirs)
    return max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in zip(ours, theirs, strict=True)) / most


def torch_run(made: Chosen, planned: Chosen, eta: float) -> tuple[list[NDArray[Any]], list[float]]:
    """Return what `optimising.run` does, by PyTorch."""
    w = torch.tensor(START, requires_grad=True)
    updater = torch_optimiser(made, [w], eta)
    scheduler = torch_schedule(planned, updater, eta)
    weights, rates = [], []
    for _ in range(STEPS):
        here = w.detach().numpy().copy()
        w.grad = torch.tensor(slope(here))
        rates.append(float(updater.param_groups[0]["lr"]))
        updater.step()
        after_update(scheduler, loss(here))
        weights.append(w.detach().numpy().copy())
    return weights, rates


def torch_train(spec: Spec) -> Iterator[list[NDArray[Any]]]:
    """Yield weights and biases after each update, by PyTorch's autograd, on the batches that derive takes."""
    weights = [torch.tensor(w, requires_grad=True) for w, _ in spec.arrays]
    biases = [torch.tensor(b, requires_grad=True) for _, b in spec.arrays]
    updater = torch_optimiser(spec.training.optimiser, [*weights, *biases], float(spec.learning_rate))
    scheduler = torch_schedule(spec.training.schedule, updater, float(spec.learning_rate))
    for inputs, targets in batches(spec):
        values = torch.tensor(inputs)
        for layer, w, b in zip(spec.layers, weights, biases, strict=True):
            values = ACTIVATED[layer.activation](values @ w.T + b)
        total = LOST[spec.loss](values, torch.tensor(targets))
        total = total / len(inputs) if spec.batch == "mean" else total
        updater.zero_grad()
        total.backward()
        updater.step()
        after_update(scheduler, float(total.detach()))
        yield [each.detach().numpy().copy() for each in (*weights, *biases)]


class Comparison:
    """A table that grows by a row a comparison."""

    def __init__(self) -> None:
        self.missed = 0
        self.table = Table(box=None, pad_edge=False)
        for head in ("what", "updates", "largest difference", "target", ""):
            self.table.add_column(head, justify="left" if head in ("what", "") else "right", overflow="fold")

    def add(self, what: str, updates: int, found: float, most: float) -> None:
        met = found <= most
        self.missed += not met
        verdict = "[green]met[/]" if met else "[red]missed[/]"
        self.table.add_row(what, str(updates), f"{found:.2g}", f"≤ {most:g}", verdict)


def compare_optimisers(comparison: Comparison) -> None:
    constant = schedule({"name": "constant"})
    for setting, eta in SETTINGS:
        made = optimiser(setting)
        ours, theirs = run(made, constant, eta)[0], torch_run(made, constant, eta)[0]
        comparison.add(f"{made}", STEPS, max(distance([a], [b]) for a, b in zip(ours, theirs, strict=True)), SMALL)


def compare_schedules(comparison: Comparison) -> None:
    for setting in SCHEDULED:
        for name, eta in (("momentum", 0.1), ("adamw", 0.1)):
            made, planned = optimiser({"name": name}), schedule(setting)
            (ours, rates), (theirs, their_rates) = run(made, planned, eta), torch_run(made, planned, eta)
            found = max(
                distance([np.array(rates)], [np.array(their_rates)]),
                *(distance([a], [b]) for a, b in zip(ours, theirs, strict=True)),
            )
            comparison.add(f"{planned}, {name}", STEPS, found, SMALL)


def compare_training(comparison: Comparison) -> None:
    for what, spec in networks():
        states = train(spec, TRAINING_STEPS, at=range(1, TRAINING_STEPS + 1))
        found = max(
            distance([*state.parameters.weights, *state.parameters.biases], theirs)
            for state, theirs in zip(states, torch_train(spec), strict=False)
        )
        comparison.add(f"training: {what}", TRAINING_STEPS, found, TRAINED)


def numbers() -> None:
    """Print the module tests/torch_numbers.py: what PyTorch makes of all this."""
    constant, momentum = schedule({"name": "constant"}), optimiser({"name": "momentum"})
    optimised = {
        str(made): torch_run(made, constant, eta)[0][-1].tolist()
        for made, eta in ((optimiser(setting), eta) for setting, eta in SETTINGS)
    }
    scheduled = {
        str(planned): [torch_run(momentum, planned, 0.1)[1][t - 1] for t in RATES_AT]
        for planned in map(schedule, SCHEDULED)
    }
    trained = {}
    for what, spec in networks():
        *_, last = (each for _, each in zip(range(TRAINING_STEPS), torch_train(spec), strict=False))
        trained[what] = [probe(each) for each in last]
    print(f'"""What PyTorch {torch.__version__} makes of tests/optimising.py: scripts/torch_comparison --numbers."""\n')
    for name, made in (("OPTIMISED", optimised), ("RATES", scheduled), ("TRAINED", trained)):
        print(f"{name}: dict[str, list[float]] = {made}\n")


def main(
    show: Annotated[bool, typer.Option("--numbers", help="Print the numbers that the tests keep instead.")] = False,
) -> None:
    """Print the largest differences; exit with 1 where one is too large."""
    if show:
        numbers()
        return
    comparison = Comparison()
    for compare in (compare_optimisers, compare_schedules, compare_training):
        compare(comparison)
    out.print(f"PyTorch {torch.__version__}, NumPy {np.__version__}")
    out.print(comparison.table)
    raise typer.Exit(1 if comparison.missed else 0)


if __name__ == "__main__":
    typer.run(main)
