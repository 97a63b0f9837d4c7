"""What each key of a spec means and takes, in words: for error messages, and for the JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from msgspec import Struct

from derive.errors import nearest
from derive.spec.parts import (
    MAX_DECIMALS,
    MAX_SEED,
    MAX_SIZE,
    MAX_STEPS,
    Batch,
    Bias,
    NotationName,
    SamplesKind,
)
from derive.vocabulary import ACTIVATIONS, INITIALISERS, LOSSES, OPTIMISERS, SCHEDULES


class Key(Struct, frozen=True):
    """A key of a spec.

    means: what it says about the network.
    example: how to write it.
    takes: what it takes, in words; "" where that is one of `words`, or a whole number.
    words: the words of which it takes one.
    least, most: the bounds of a whole number.
    """

    means: str
    example: str
    takes: str = ""
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @property
    def allowed(self) -> str:
        """What the key takes, in words."""
        if self.words:
            return ", ".join(map(repr, self.words))
        if self.most is not None:
            return f"a whole number from {self.least:,} to {self.most:,}"
        return self.takes


_ROWS = "a row of numbers; for several samples, a row for each"
_SWITCH = "true or false"
_DRAW = '{ draw = "uniform", low = -1, high = 1 }'

KEYS = {
    "inputs": Key(
        "The values of the inputs: a row for each sample.",
        "inputs = [0.05, 0.1], or inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]",
        takes=_ROWS,
    ),
    "targets": Key(
        "What the last layer should give: a row for each sample.",
        "targets = [0.01, 0.99], or targets = [[0], [1], [1], [0]]",
        takes=_ROWS,
    ),
    "classes": Key(
        "Instead of targets: for each sample which output should be 1, counted from 0.",
        "classes = [2, 0, 1]", takes="a whole number from 0 for each sample",
    ),
    "layers": Key("The layers of neurons, the output layer last.", "[[layers]]", takes="a [[layers]] table a layer"),
    "name": Key("What the files of a report are called.", 'name = "mine"', takes="a text"),
    "title": Key("What stands above a report.", 'title = "My network"', takes="a text"),
    "loss": Key("What is to be made small.", 'loss = "half squared error"', words=tuple(LOSSES)),
    "batch": Key("What becomes of the losses of several samples.", 'batch = "mean"', words=get_args(Batch)),
    "learning_rate": Key("How far an update goes: w⁺ = w − η ∂E/∂w.", "learning_rate = 0.5", takes="a number"),
    "notation": Key("What quantities are called.", 'notation = "mazur"', words=get_args(NotationName)),
    "names": Key("Names of your own, by the names of the notation.", '[names], below it w1 = "v_11"', takes="a table"),
    "penalty": Key("What is added to the error for large weights.", "[penalty], below it l2 = 0.01", takes="a table"),
    "l1": Key("λ of the penalty λ Σ |w|.", "l1 = 0.001", takes="a number"),
    "l2": Key("λ of the penalty λ/2 Σ w².", "l2 = 0.01", takes="a number"),
    "seed": Key("Of every random draw: of weights, of biases, of samples.", "seed = 1", least=0, most=MAX_SEED),
    "training": Key("How derive train runs.", "[training], below it steps = 1000", takes="a table"),
    "equations": Key(
        "A model: what each quantity is, as a formula; an index in brackets for each place of an array.",
        '[equations], below it p = "sigmoid(w*x + b)"', takes="a table of formulas",
    ),
    "of": Key(
        "What a model's derivatives are of, and by.", '[of], below it loss = "L" and parameters = ["w", "b"]',
        takes="a table",
    ),
    "parameters": Key(
        "The quantities that derivatives are taken by.", 'parameters = ["w", "b"]', takes="an array of names"
    ),
    "values": Key(
        "Of what no equation of a model defines: a number, a row, or rows; drawn from the seed where it is missing.",
        "[values], below it x = 2 and W = [[0.1, 0.2], [0.3, 0.4]]", takes="a table of numbers and arrays",
    ),
    "shapes": Key(
        "Of arrays whose values are drawn.", "[shapes], below it W = [2, 3] and b = [2]", takes="a table of sizes"
    ),
    "size": Key("How many neurons the layer has.", "size = 2", least=1, most=MAX_SIZE),
    "activation": Key("What each neuron makes of its net input.", 'activation = "tanh"', words=tuple(ACTIVATIONS)),
    "bias": Key(
        "Whether there are biases: one for the whole layer, or one for each neuron.", 'bias = "shared"',
        words=get_args(Bias),
    ),
    "weights": Key(
        "A row for each neuron, in it a number for each value that comes in; or how to draw them.",
        f"weights = [[0.15, 0.2], [0.25, 0.3]], or weights = {_DRAW}",
        takes="rows of numbers, or a draw",
    ),
    "biases": Key(
        "A number for all, or a row with one for each neuron; or how to draw them.",
        f"biases = 0.35, or biases = [0.35, 0.6], or biases = {_DRAW}",
        takes="a number, a row of numbers, or a draw",
    ),
    "train_weights": Key("Whether updates change the layer's weights.", "train_weights = false", takes=_SWITCH),
    "train_biases": Key("Whether updates change the layer's biases.", "train_biases = false", takes=_SWITCH),
    "draw": Key("How values are drawn.", 'draw = "uniform"', words=tuple(INITIALISERS)),
    "low": Key("The least value of a uniform draw; the value of a constant one.", "low = -1", takes="a number"),
    "high": Key("The bound that values of a uniform draw stay below.", "high = 1", takes="a number"),
    "mean": Key("The mean of a normal draw.", "mean = 0", takes="a number"),
    "deviation": Key("The standard deviation of a normal draw.", "deviation = 0.1", takes="a number"),
    "gain": Key("By what a draw is multiplied whose spread follows from the fans.", "gain = 1.5", takes="a number"),
    "decimals": Key("How many decimals a drawn value keeps.", "decimals = 3", least=0, most=MAX_DECIMALS),
    "steps": Key("How many updates.", "steps = 1000", least=0, most=MAX_STEPS),
    "samples": Key("Which samples an update sees.", 'samples = "all"', words=get_args(SamplesKind)),
    "batch_size": Key("How many samples a batch has.", "batch_size = 32", least=1, most=MAX_SIZE),
    "shuffle": Key("Whether each pass over the samples draws their order.", "shuffle = false", takes=_SWITCH),
    "optimiser": Key(
        "How an update makes new weights of old ones and their gradient.",
        'optimiser = "adam", or optimiser = { name = "adam", beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }',
        words=tuple(OPTIMISERS),
    ),
    "schedule": Key(
        "How the learning rate changes from update to update.",
        'schedule = "cosine", or schedule = { name = "cosine", steps = 100, floor = 0 }',
        words=tuple(SCHEDULES),
    ),
}  # fmt: skip

ALSO_CALLED = {
    "activations": "activation", "activation_function": "activation", "neurons": "size", "units": "size",
    "nodes": "size", "width": "size", "input": "inputs", "x": "inputs", "output": "targets", "outputs": "targets",
    "y": "targets", "cost": "loss", "error": "loss", "loss_function": "loss", "lr": "learning_rate",
    "eta": "learning_rate", "step_size": "learning_rate", "epochs": "steps", "iterations": "steps",
    "std": "deviation", "sigma": "deviation", "mu": "mean", "min": "low", "max": "high", "value": "low",
    "init": "draw", "initializer": "draw", "use_bias": "bias", "trainable": "train_weights", "linear": "identity",
    "none": "identity", "logistic": "sigmoid", "rectifier": "relu", "mse": "mean squared error",
    "squared error": "half squared error", "bce": "binary cross-entropy",
    "cross-entropy": "categorical cross-entropy", "average": "mean", "avg": "mean", "total": "sum",
    "gaussian": "normal", "gauss": "normal", "each": "per neuron", "stochastic": "one drawn", "full": "all",
    "optimizer": "optimiser", "minibatches": "batches", "mini-batches": "batches", "batchsize": "batch_size",
    "scheduler": "schedule", "sgd": "gradient descent", "gd": "gradient descent", "heavy ball": "momentum",
    "nag": "nesterov", "warmup": "warm-up", "linear warm-up": "warm-up", "cyclic": "cyclical", "triangular": "cyclical",
    "onecycle": "one-cycle", "one cycle": "one-cycle", "plateau": "reduce on plateau",
    "xavier": "glorot uniform", "glorot": "glorot uniform", "xavier uniform": "glorot uniform",
    "xavier normal": "glorot normal", "kaiming": "he normal", "he": "he normal", "kaiming uniform": "he uniform",
    "kaiming normal": "he normal", "lecun": "lecun normal", "truncated": "truncated normal", "zero": "zeros",
    "cosine annealing": "cosine", "inverse": "inverse time", "1/t": "inverse time",
    "nielsen": "indexed", "bishop": "indexed", "labels": "classes", "class": "classes",
    "swish": "silu", "leakyrelu": "leaky relu", "lrelu": "leaky relu",
    "hardtanh": "hard tanh", "logsoftmax": "log-softmax", "log softmax": "log-softmax", "geluapproximate": "gelu tanh",
    "mae": "mean absolute error", "l1": "mean absolute error", "l1 loss": "mean absolute error",
    "l2": "mean squared error", "l2 loss": "mean squared error", "huber loss": "huber", "smooth l1": "huber",
    "logcosh": "log-cosh", "log cosh": "log-cosh", "max margin": "hinge", "margin": "hinge", "svm": "hinge",
    "bce with logits": "binary cross-entropy on logits", "log loss": "binary cross-entropy",
    "binary crossentropy": "binary cross-entropy", "crossentropy": "categorical cross-entropy",
    "categorical crossentropy": "categorical cross-entropy",
    "sparse categorical crossentropy": "categorical cross-entropy", "nll": "negative log-likelihood",
    "nll loss": "negative log-likelihood", "negative log likelihood": "negative log-likelihood",
    "kl": "kullback-leibler divergence", "kl divergence": "kullback-leibler divergence",
    "kld": "kullback-leibler divergence", "relative entropy": "kullback-leibler divergence",
}  # fmt: skip
"""Other words for keys and for values, which the nearest spelling would not find."""


def meant(word: str, known: Sequence[str]) -> str:
    """Return a hint for a key or a word that is not one of `known`; "" when nothing is close."""
    plain = word.lower().strip().replace("_", " ") if len(word) < 40 else ""
    for spelled in (word.lower().strip() if plain else "", plain, plain.replace(" ", "")):
        if (other := ALSO_CALLED.get(spelled, "")) in known:
            return f"did you mean {other!r}?"
    return nearest(word, known)
