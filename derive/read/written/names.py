"""Words that are names or functions in formulas of networks, whatever font they are set in."""

from __future__ import annotations

FUNCTIONS = frozenset((
    "sigma", "f", "g", "phi", "psi", "S", "sigmoid", "logistic", "relu", "ReLU", "softmax", "tanh", "exp", "log",
    "ln", "act", "activation", "sig", "logsig", "tansig", "F", "squash", "Sigmoid", "Softmax", "softplus", "h",
    "varphi", "step", "sgn", "sign", "erf", "lg", "Relu", "RELU", "Tanh", "sqrt", "gelu", "GELU", "swish", "elu",
    "diag", "sech",
))  # fmt: skip
"""What is applied to what stands in round brackets behind it. A name that is a quantity of the network's is not."""
AMBIGUOUS = frozenset(("h", "g", "F", "S", "f"))
"""Letters that are quantities as well: h_1 (1 − h_1) is a product, g(x) is none."""
LOSSES = frozenset((
    "E", "L", "J", "C", "ell", "Loss", "loss", "cost", "Cost", "MSE", "CE", "error", "Error", "Err", "mathcalL", "l",
    "R",
))  # fmt: skip
"""What is the name of a quantity even where brackets follow that say what it depends on."""
WORDS = frozenset((
    "net", "out", "in", "target", "targets", "input", "inputs", "output", "outputs", "error", "err", "Error", "loss",
    "Loss", "cost", "Cost", "bias", "weight", "total", "hidden", "sigmoid", "relu", "softmax", "tanh", "exp", "log",
    "ln", "max", "min", "MSE", "lr", "act", "logistic", "sum", "pred", "desired", "actual", "label", "true", "rate",
    "grad", "delta", "eta", "alpha", "sin", "cos", "sqrt", "erf", "Etotal", "Err", "SSE", "RMSE", "MAE", "net input",
    "Net", "Out", "In", "Target", "tot", "tar", "ans", "outh", "outo", "neth", "neto", "CE", "BCE", "softplus",
    "sigma", "theta", "sig", "prob", "score", "scores", "logit", "logits", "diff", "new", "old", "activation", "ones",
    "Output", "Input", "diag",
))  # fmt: skip
SHORT = 3  # letters: an unknown run of as many with a subscript is a name; with fewer, a product


def word_of(run: str, known: frozenset[str], scripted: bool) -> int:
    """Return how many of the first letters of a run are one name: `net`, but `wx` is w times x."""
    if run in WORDS or run in known or run.lower() in WORDS:
        return len(run)
    if len(run) > SHORT or (len(run) == SHORT and scripted):
        for size in range(len(run) - 1, 1, -1):  # exph is exp of h, outh is out of h? Only whole words are split off.
            if run[:size] in ("exp", "log", "ln", "tanh", "max", "min", "sin", "cos") and not scripted:
                return size
        return len(run)
    for size in range(len(run) - 1, 1, -1):
        if run[:size] in known:
            return size
    return 1
