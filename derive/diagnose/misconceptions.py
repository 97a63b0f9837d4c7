"""The table of named mistakes: each is a change to the stages of a backprop pass, with where it was seen.

A `source` names a repository and the number of the thread in which the mistake was reported, course notes, a paper or a
question of Stack Exchange; "reasoned" stands where none is known. The words for the ids are in `words/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from msgspec import Struct

from derive.diagnose import changes as c
from derive.diagnose.engine import Change, Stage, Whole
from derive.read.problem import Problem
from derive.vocabulary import ACTIVATIONS, LOSSES, find, split

At = Literal["network", "output", "hidden", "later", "every", "all"]
Fit = Literal["", "affine", "largest", "norm", "decimals", "step"]
SCALE, T, NET, OUT, ERROR, DELTA, SENT, W, B, R = (
    Stage.SCALE, Stage.TARGETS, Stage.NET, Stage.OUT, Stage.ERROR, Stage.DELTA, Stage.SENT, Stage.WEIGHTS, Stage.BIASES,
    Stage.PENALTY,
)  # fmt: skip


class Mistake(Struct, frozen=True, kw_only=True):
    """One row.

    kind: "convention" where programs differ in what they call the error, "mistake" otherwise.
    at: the layers that it can be made in. "network": once, where it belongs; "all": in all layers together; "later":
        in every layer but the first.
    changes: what stands in the place of a stage.  whole: what stands in the place of all gradients.
    applies: whether it makes sense in a layer (the last one for "network").
    coupled: whether what it does to one gradient depends on what the others are.
    formula: what it amounts to, in LaTeX.
    fit: how its constant is fitted to what was observed, "" where it has none; `usual` is an example of it, and
        `constant` its name.
    """

    id: str
    kind: Literal["convention", "mistake"] = "mistake"
    at: At = "network"
    changes: Mapping[Stage, Change] = {}
    whole: Whole | None = None
    applies: Callable[[Problem, int], bool] = lambda p, n: True
    coupled: bool = False
    formula: str
    source: str = "reasoned"
    fit: Fit = ""
    usual: float = 1.0
    constant: str = ""


# ── Where rows apply ─────────────────────────────────────────────────────────────────────────────────────────


def _activation(*names: str) -> Callable[[Problem, int], bool]:
    return lambda p, n: split(p.activations[n - 1])[0] in names


def _loss(*names: str) -> Callable[[Problem, int], bool]:
    return lambda p, n: split(p.loss)[0] in names


def _both(*conditions: Callable[[Problem, int], bool]) -> Callable[[Problem, int], bool]:
    return lambda p, n: all(condition(p, n) for condition in conditions)


def _not(condition: Callable[[Problem, int], bool]) -> Callable[[Problem, int], bool]:
    return lambda p, n: not condition(p, n)


def _elementwise(p: Problem, n: int) -> bool:
    return not find(ACTIVATIONS, p.activations[n - 1])[1].layer


def _bent(p: Problem, n: int) -> bool:
    return _elementwise(p, n) and split(p.activations[n - 1])[0] != "identity"


def _many(p: Problem, n: int) -> bool:
    return p.samples > 1


def _mean(p: Problem, n: int) -> bool:
    return p.batch == "mean" and p.samples > 1


def _sum(p: Problem, n: int) -> bool:
    return p.batch == "sum" and p.samples > 1


def _wide(p: Problem, n: int) -> bool:
    return p.sizes[n] > 1


def _wide_next(p: Problem, n: int) -> bool:
    return p.sizes[n + 1] > 1


def _wide_before(p: Problem, n: int) -> bool:
    return p.sizes[n - 1] > 1


def _biased(p: Problem, n: int) -> bool:
    return p.bias[n - 1] != "none"


def _own_biases(p: Problem, n: int) -> bool:
    return p.bias[n - 1] == "per neuron" and p.sizes[n] > 1


def _shared(p: Problem, n: int) -> bool:
    return p.bias[n - 1] == "shared" and p.sizes[n] > 1


def _square(p: Problem, n: int) -> bool:
    return p.sizes[n] == p.sizes[n - 1] > 1


def _square_next(p: Problem, n: int) -> bool:
    return _square(p, n + 1)


def _penalised(p: Problem, n: int) -> bool:
    return bool(p.l1 or p.l2)


def _output_mean(p: Problem, n: int) -> bool:
    return find(LOSSES, p.loss)[1].mean and p.sizes[-1] > 1


def _output_sum(p: Problem, n: int) -> bool:
    return not find(LOSSES, p.loss)[1].mean and p.sizes[-1] > 1


def _other_slope(p: Problem, n: int) -> bool:
    other = n + 1 if n < p.layers else n - 1
    return other > 0 and _elementwise(p, n) and _bent(p, other) and p.activations[n - 1] != p.activations[other - 1]


def _other_delta(p: Problem, n: int) -> bool:
    return any(p.bias_shape(m) == p.bias_shape(n) != (0,) for m in range(n + 1, p.layers + 1))


SQUARED = _loss("half squared error", "mean squared error")
SIGMOID, TANH, RELU = _activation("sigmoid"), _activation("tanh"), _activation("relu")
SOFTMAX = _activation("softmax")
SIGNED = _activation("relu", "leaky relu", "hard tanh", "identity")  # σ′(out) is σ′(net)
CROSS = _loss("categorical cross-entropy", "kullback-leibler divergence")
BINARY = _loss("binary cross-entropy")
GATED = _activation("silu", "gelu", "gelu tanh", "mish")
LEAKY = _activation("leaky relu", "elu", "selu")

ROWS: tuple[Mistake, ...] = (
    # ── Conventions ──
    Mistake(
        id="doubled", kind="convention", changes={SCALE: c.times(lambda run, n: 2.0)},
        formula=r"2\,\partial E/\partial w", source="bighuang624/Andrew-Ng-Deep-Learning-notes #10",
    ),
    Mistake(
        id="halved", kind="convention", changes={SCALE: c.times(lambda run, n: 0.5)},
        formula=r"\tfrac12\,\partial E/\partial w",
    ),
    Mistake(
        id="samples-summed", kind="convention", changes={SCALE: c.times(lambda run, n: run.samples)}, applies=_mean,
        formula=r"\sum_s \partial E_s/\partial w", source="hunkim/DeepLearningZeroToAll #173",
    ),
    Mistake(
        id="samples-averaged", kind="convention", changes={SCALE: c.times(lambda run, n: 1.0 / run.samples)},
        applies=_sum, formula=r"\tfrac1N \sum_s \partial E_s/\partial w",
        source="CS231n, notes on linear classification",
    ),
    Mistake(
        id="averaged-twice", changes={SCALE: c.times(lambda run, n: 1.0 / run.samples)}, applies=_mean,
        formula=r"\tfrac1{N^2} \sum_s \partial E_s/\partial w",
    ),
    Mistake(
        id="outputs-summed", kind="convention", changes={SCALE: c.times(lambda run, n: run.problem.sizes[-1])},
        applies=_output_mean, formula=r"n_L\,\partial E/\partial w", source="oysteijo/simd_neuralnet #1",
    ),
    Mistake(
        id="outputs-averaged", kind="convention", changes={SCALE: c.times(lambda run, n: 1.0 / run.problem.sizes[-1])},
        applies=_output_sum, formula=r"\tfrac1{n_L}\,\partial E/\partial w", source="oysteijo/simd_neuralnet #1",
    ),
    Mistake(
        id="sign", kind="convention", changes={SCALE: c.times(lambda run, n: -1.0)},
        formula=r"-\partial E/\partial w", source="nn-from-scratch #11; mml-book #37",
    ),
    Mistake(
        id="sign-of-all", kind="convention", whole=c.every(lambda array, _: -array), applies=_penalised,
        formula=r"-\partial (E + R)/\partial w",
    ),
    Mistake(
        id="rate-included", kind="convention", whole=lambda run, g, _: g.map(lambda a: run.point.rate * a),
        formula=r"\eta\,\partial E/\partial w",
    ),
    Mistake(
        id="step-returned", kind="convention", whole=lambda run, g, _: g.map(lambda a: -run.point.rate * a),
        formula=r"-\eta\,\partial E/\partial w",
    ),
    # ── Forward ──
    Mistake(
        id="minus-missing", at="every", changes={NET: c.times(lambda run, n: -1.0)}, applies=SIGMOID,
        formula=r"out = 1/(1 + e^{net})", source="retellings of the 2-2-2 example",
    ),
    Mistake(
        id="bias-left-out", at="every", changes={NET: lambda run, n, x, _: x - run.b(n)}, applies=_biased,
        formula=r"net_j = \sum_k w_{jk}\,out_k", source="glouw/tinn #30",
    ),
    Mistake(
        id="bias-twice", at="every", changes={NET: lambda run, n, x, _: x + run.b(n)}, applies=_biased,
        formula=r"net_j = \sum_k w_{jk}\,out_k + 2 b_j",
    ),
    Mistake(
        id="bias-of-other-layer", at="every", changes={NET: lambda run, n, x, _: x - run.b(n) + run.b(c.lent(run, n))},
        applies=lambda p, n: c.lent_biases(p.sizes, p.bias, n) is not None,
        formula=r"net^{(l)}_j = \sum_k w_{jk}\,out_k + b^{(m)}_j", source="retellings of the 2-2-2 example",
    ),
    Mistake(
        id="output-used-twice", at="later", changes={NET: c.used(c.last_repeated)}, applies=_wide_before,
        formula=r"net_j = \dots + w_{j,n-1}\,out_{n-1} + w_{jn}\,out_{n-1}", source="public notes on the 2-2-2 example",
    ),
    Mistake(
        id="outputs-shifted-forward", at="every", changes={NET: c.used(lambda out: np.roll(out, 1, axis=1))},
        applies=_wide_before, formula=r"net_j = \sum_k w_{jk}\,out_{k-1} + b_j",
    ),
    Mistake(
        id="activation-left-out", at="hidden", changes={OUT: lambda run, n, x, _: run.net[n]}, applies=_bent,
        formula=r"out = net",
    ),
    Mistake(
        id="activation-twice", at="every",
        changes={NET: lambda run, n, x, _: run.functions.activations[n - 1].value(x)},
        applies=_not(_activation("identity", "relu", "hard tanh")), formula=r"out = \sigma(\sigma(net))",
        source="liashchynskyi/skynet #1",
    ),
    Mistake(
        id="softmax-over-samples", at="output", changes={OUT: c.softmax_over_samples, DELTA: c.short_form},
        applies=_both(SOFTMAX, CROSS, _many), formula=r"out_{sj} = e^{net_{sj}} / \sum_r e^{net_{rj}}",
        source="ethanfetaya/NRI #25",
    ),
    Mistake(
        id="softmax-over-all", at="output", changes={OUT: c.softmax_over_all, DELTA: c.short_form},
        applies=_both(SOFTMAX, CROSS, _many), formula=r"out_{sj} = e^{net_{sj}} / \sum_{r,i} e^{net_{ri}}",
        source="rickwierenga/MLFundamentals #1",
    ),
    Mistake(
        id="targets-of-other-outputs", changes={T: lambda run, n, t, _: np.roll(t, 1, axis=1)}, applies=_wide,
        formula=r"E = \sum_j E(t_{j-1}, out_j)", source="public notes on the 2-2-2 example",
    ),
    Mistake(
        id="targets-of-other-samples", changes={T: lambda run, n, t, _: np.roll(t, 1, axis=0)}, applies=_many,
        formula=r"E = \sum_s E(t_{s-1}, out_s)",
    ),
    # ── The error ──
    Mistake(
        id="error-left-out", at="output", applies=_elementwise,
        changes={ERROR: lambda run, n, x, _: np.full_like(x, run.scale)},
        formula=r"\delta_j = \sigma'(net_j)",
    ),
    Mistake(
        id="error-for-its-slope", at="output", changes={ERROR: c.error_terms},
        formula=r"\delta_j = E_j\,\sigma'(net_j)",
    ),
    Mistake(
        id="error-without-sign", at="output", changes={ERROR: lambda run, n, x, _: np.abs(x)},
        applies=_not(lambda p, n: CROSS(p, n) or _loss("negative log-likelihood")(p, n)),
        formula=r"\delta_j = |\partial E/\partial out_j|\,\sigma'(net_j)",
    ),
    Mistake(
        id="error-averaged-over-outputs", at="output",
        changes={ERROR: lambda run, n, x, _: np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape)},
        applies=_both(_elementwise, _wide),
        formula=r"\delta_j = \sigma'(net_j)\,\tfrac1n \sum_i \partial E/\partial out_i",
    ),
    Mistake(
        id="error-averaged-over-samples", at="output",
        changes={ERROR: lambda run, n, x, _: np.broadcast_to(x.mean(axis=0), x.shape)}, applies=_many,
        formula=r"\delta_{sj} = \sigma'(net_{sj})\,\tfrac1N \sum_r \partial E/\partial out_{rj}",
    ),
    Mistake(
        id="residual-as-delta", at="output", changes={DELTA: c.residual}, applies=_not(_loss("half squared error")),
        formula=r"\delta_j = out_j - t_j",
        source="dannyneil/spiking_relu_conversion #1",
    ),
    Mistake(
        id="squared-error-slope", at="output", changes={ERROR: c.residual},
        applies=_not(lambda p, n: SQUARED(p, n) or (BINARY(p, n) and SIGMOID(p, n))),
        formula=r"\partial E/\partial out_j = out_j - t_j",
    ),
    Mistake(
        id="one-sided-cross-entropy", at="output", changes={ERROR: c.one_side}, applies=BINARY,
        formula=r"\partial E/\partial out_j = -t_j/out_j", source="deeplearning4j/nd4j #1319",
    ),
    Mistake(
        id="value-clipped", at="output", changes={ERROR: c.clipped_away}, applies=SQUARED,
        formula=r"\partial E/\partial out_j = 0 \text{ where } |out_j - t_j| > 1",
        source="the clipped error of many programs after Mnih et al., Nature 518 (2015)",
    ),
    # ── Slopes ──
    Mistake(
        id="output-slope-left-out", at="output", changes={DELTA: c.slope(lambda run, n: np.ones(1))},
        applies=_not(_activation("identity")), formula=r"\delta_j = \partial E/\partial out_j",
        source="makeyourownneuralnetwork #88; Bot-Academy/NeuralNetworkFromScratch #3",
    ),
    Mistake(
        id="hidden-slope-left-out", at="hidden", changes={DELTA: c.slope(lambda run, n: np.ones(1))},
        applies=_not(_activation("identity")), formula=r"\delta_k = \sum_j \delta_j w_{jk}", source="SciMLBook #164",
    ),
    Mistake(
        id="slope-left-out-everywhere", at="all", changes={DELTA: c.slope(lambda run, n: np.ones(1))},
        applies=_not(_activation("identity")),
        formula=r"\delta = \partial E/\partial out", source="makeyourownneuralnetwork #88",
    ),
    Mistake(
        id="output-slope-of-output", at="output", changes={DELTA: c.slope(lambda run, n: run.slope(n, run.out[n]))},
        applies=_both(_elementwise, _not(SIGNED)), formula=r"\delta_j = \partial E/\partial out_j\;\sigma'(out_j)",
        source="ai.stackexchange 38824",
    ),
    Mistake(
        id="hidden-slope-of-output", at="hidden", changes={DELTA: c.slope(lambda run, n: run.slope(n, run.out[n]))},
        applies=_both(_elementwise, _not(SIGNED)), formula=r"\delta_k = \sigma'(out_k) \sum_j \delta_j w_{jk}",
        source="ai.stackexchange 38824; davidrmiller/neural2d #40",
    ),
    Mistake(
        id="slope-of-output-everywhere", at="all", changes={DELTA: c.slope(lambda run, n: run.slope(n, run.out[n]))},
        applies=_elementwise, formula=r"\delta = \partial E/\partial out\;\sigma'(out)",
        source="ai.stackexchange 38824",
    ),
    Mistake(
        id="output-formula-of-net", at="output",
        changes={DELTA: c.slope(lambda run, n: c.by_output(run, n, run.net[n]))},
        applies=_activation("sigmoid", "tanh"), formula=r"\delta_j = \partial E/\partial out_j\;net_j (1 - net_j)",
        source="shiffman/Neural-Network-p5 #22",
    ),
    Mistake(
        id="hidden-formula-of-net", at="hidden",
        changes={DELTA: c.slope(lambda run, n: c.by_output(run, n, run.net[n]))},
        applies=_activation("sigmoid", "tanh"), formula=r"\delta_k = net_k (1 - net_k) \sum_j \delta_j w_{jk}",
        source="shiffman/Neural-Network-p5 #22",
    ),
    Mistake(
        id="formula-of-net-everywhere", at="all",
        changes={DELTA: c.slope(lambda run, n: c.by_output(run, n, run.net[n]))},
        applies=_activation("sigmoid", "tanh"), formula=r"\delta = \partial E/\partial out\;net (1 - net)",
        source="shiffman/Neural-Network-p5 #22",
    ),
    Mistake(
        id="extra-slope", at="output", changes={DELTA: c.times(c.own_slope)},
        applies=lambda p, n: _bent(p, n) or SOFTMAX(p, n), formula=r"\delta_j = (out_j - t_j)\,\sigma'(net_j)",
        source="proposed in mnielsen/neural-networks-and-deep-learning #77",
    ),
    Mistake(
        id="hidden-slope-twice", at="hidden", changes={DELTA: c.times(c.own_slope)},
        applies=_both(_bent, _not(_activation("relu", "hard tanh"))),
        formula=r"\delta_k = \sigma'(net_k)^2 \sum_j \delta_j w_{jk}",
    ),
    Mistake(
        id="softmax-diagonal", at="every", changes={DELTA: c.slope(c.own_slope)}, applies=SOFTMAX,
        formula=r"\delta_j = \partial E/\partial out_j\;out_j (1 - out_j)", source="Stack Exchange 64746",
    ),
    Mistake(
        id="slope-of-error", at="output",
        changes={DELTA: c.slope(lambda run, n: c.by_output(run, n, run.arriving[n] / run.scale))},
        applies=_activation("sigmoid", "tanh"),
        formula=r"\delta_j = d_j \cdot d_j (1 - d_j),\; d_j = \partial E/\partial out_j",
        source="public notes on the 2-2-2 example",
    ),
    Mistake(
        id="slope-of-target", at="output", changes={DELTA: c.slope(lambda run, n: c.by_output(run, n, run.targets))},
        applies=_activation("sigmoid", "tanh"), formula=r"\delta_j = \partial E/\partial out_j\;t_j (1 - t_j)",
    ),
    Mistake(
        id="value-for-slope", at="every", changes={DELTA: c.slope(lambda run, n: run.out[n])}, applies=_bent,
        formula=r"\delta_j = \partial E/\partial out_j\;out_j",
    ),
    Mistake(
        id="complement-for-slope", at="every", changes={DELTA: c.slope(lambda run, n: 1.0 - run.out[n])},
        applies=_activation("sigmoid", "tanh"), formula=r"\delta_j = \partial E/\partial out_j\;(1 - out_j)",
    ),
    Mistake(
        id="tanh-plus", at="every", changes={DELTA: c.slope(lambda run, n: 1.0 + run.out[n] ** 2)}, applies=TANH,
        formula=r"\tanh' = 1 + \tanh^2", source="proposed in gy910210/neural-network-from-scratch #2",
    ),
    Mistake(
        id="slope-of-sigmoid", at="every", changes={DELTA: c.slope(lambda run, n: run.out[n] * (1.0 - run.out[n]))},
        applies=_both(_elementwise, _not(SIGMOID)), formula=r"\delta_j = \partial E/\partial out_j\;out_j (1 - out_j)",
        source="shiffman/Neural-Network-p5 #22",
    ),
    Mistake(
        id="slope-of-other-layer", at="every",
        changes={DELTA: c.slope(lambda run, n: run.slope(n, run.net[n], n + 1 if n < run.layers else n - 1))},
        applies=_other_slope, formula=r"\delta_j = \partial E/\partial out_j\;\sigma_m'(net_j)",
        source="Kulbear/deep-learning-coursera #20",
    ),
    Mistake(
        id="relu-at-zero", at="every", changes={DELTA: c.slope(lambda run, n: run.net[n] >= 0.0)}, applies=RELU,
        formula=r"\delta_j = \partial E/\partial out_j\;[net_j \ge 0]",
        source="trusthlt/nlp-with-deep-learning-lectures #4",
    ),
    Mistake(
        id="mask-of-gradient", at="every", changes={DELTA: c.slope(lambda run, n: run.arriving[n] > 0.0)}, applies=RELU,
        formula=r"\delta_j = \max(0, \partial E/\partial out_j)",
        source="utkuozbulak/pytorch-cnn-visualizations #36",
    ),
    Mistake(
        id="mask-of-both", at="every",
        changes={DELTA: c.slope(lambda run, n: (run.arriving[n] > 0.0) & (run.net[n] > 0.0))}, applies=RELU,
        formula=r"\delta_j = \max(0, \partial E/\partial out_j)\,[net_j > 0]",
        source="Springenberg et al., arXiv 1412.6806, used where a gradient is wanted",
    ),
    Mistake(
        id="mask-reversed", at="every", changes={DELTA: c.slope(lambda run, n: run.net[n] <= 0.0)}, applies=RELU,
        formula=r"\delta_j = \partial E/\partial out_j\;[net_j \le 0]",
    ),
    Mistake(
        id="leak-left-out", at="every",
        changes={DELTA: lambda run, n, x, _: np.where(run.net[n] > 0.0, x, 0.0)}, applies=LEAKY,
        formula=r"\delta_j = 0 \text{ where } net_j \le 0",
    ),
    Mistake(
        id="gate-taken-for-constant", at="every",
        changes={DELTA: c.slope(lambda run, n: run.out[n] / run.net[n])}, applies=GATED,
        formula=r"\delta_j = \partial E/\partial out_j\;out_j / net_j",
    ),
    # ── Sending back ──
    Mistake(
        id="raw-error-sent", at="hidden", changes={SENT: c.raw_error},
        formula=r"\partial E/\partial out_k = \sum_j \frac{\partial E}{\partial out_j} w_{jk}",
        source="makeyourownneuralnetwork #88; kim-marcel/basic_neural_network #7",
    ),
    Mistake(
        id="weights-left-out", at="hidden", changes={SENT: c.without_weights},
        formula=r"\partial E/\partial out_k = \sum_j \delta_j",
    ),
    Mistake(
        id="delta-left-out", at="hidden", changes={SENT: c.only_weights},
        formula=r"\partial E/\partial out_k = \sum_j w_{jk}",
    ),
    Mistake(
        id="arriving-left-out", at="hidden", changes={DELTA: lambda run, n, x, _: run.slope(n, run.net[n])},
        applies=_elementwise, formula=r"\delta_k = \sigma'(net_k)", source="haifengl/smile #528",
    ),
    Mistake(
        id="updated-weights", coupled=True, at="hidden", changes={SENT: c.updated_weights},
        formula=r"\partial E/\partial out_k = \sum_j \delta_j w_{jk}^{+}",
        source="joelgrus/data-science-from-scratch #31; kim-marcel/basic_neural_network #7; "
        "CodingTrain/Toy-Neural-Network-JS #72; LxMLS/lxmls-guide #115",
    ),
    Mistake(
        id="weights-transposed", at="hidden", changes={SENT: lambda run, n, x, _: run.delta[n + 1] @ run.w(n + 1).T},
        applies=_square_next, formula=r"\partial E/\partial out_k = \sum_j \delta_j w_{kj}",
        source="CS231n, notes on backpropagation",
    ),
    Mistake(
        id="weights-of-other-layer", at="hidden", changes={SENT: c.other_weights},
        applies=lambda p, n: c.lent_weights(p.sizes, n) is not None,
        formula=r"\partial E/\partial out_k = \sum_j \delta_j w^{(m)}_{jk}",
    ),
    Mistake(
        id="only-first-path", at="hidden", changes={SENT: c.one_path(0)}, applies=_wide_next,
        formula=r"\partial E/\partial out_k = \delta_1 w_{1k}", source="CS231n, notes on backpropagation",
    ),
    Mistake(
        id="only-last-path", at="hidden", changes={SENT: c.one_path(-1)}, applies=_wide_next,
        formula=r"\partial E/\partial out_k = \delta_n w_{nk}", source="karpathy/micrograd #2; ARENA_2.0 #18",
    ),
    Mistake(
        id="first-path-left-out", at="hidden", changes={SENT: c.less_one_path(0)},
        applies=lambda p, n: p.sizes[n + 1] > 2,
        formula=r"\partial E/\partial out_k = \sum_{j>1} \delta_j w_{jk}",
    ),
    Mistake(
        id="last-path-left-out", at="hidden", changes={SENT: c.less_one_path(-1)},
        applies=lambda p, n: p.sizes[n + 1] > 2,
        formula=r"\partial E/\partial out_k = \sum_{j<n} \delta_j w_{jk}",
    ),
    Mistake(
        id="paths-averaged", at="hidden", changes={SENT: c.times(lambda run, n: 1.0 / run.problem.sizes[n + 1])},
        applies=_wide_next, formula=r"\partial E/\partial out_k = \tfrac1n \sum_j \delta_j w_{jk}",
    ),
    Mistake(
        id="sent-twice", at="hidden", changes={SENT: c.times(lambda run, n: 2.0)},
        formula=r"\partial E/\partial out_k = 2 \sum_j \delta_j w_{jk}", source="DLFS_code #13",
    ),
    Mistake(
        id="sent-at-every-arrival", at="hidden", changes={SENT: c.pushed_partial_sums}, applies=_wide_next,
        formula=r"\partial E/\partial out_k = \sum_j (n - j + 1)\,\delta_j w_{jk}", source="DLFS_code #13",
    ),
    Mistake(
        id="deltas-shifted", at="hidden", changes={SENT: c.shifted_deltas}, applies=_wide_next,
        formula=r"\partial E/\partial out_k = \sum_j \delta_{j-1} w_{jk}",
    ),
    # ── Gradients of weights ──
    Mistake(
        id="net-for-output", at="later",
        changes={W: c.product(lambda run, n: run.delta[n], lambda run, n: run.net[n - 1])},
        formula=r"\partial E/\partial w_{jk} = \delta_j\,net_k",
    ),
    Mistake(
        id="outputs-of-other-layer", at="every",
        changes={W: c.product(lambda run, n: run.delta[n],
                              lambda run, n: run.out[c.lent_outputs(run.problem.sizes, n) or 0])},
        applies=lambda p, n: c.lent_outputs(p.sizes, n) is not None,
        formula=r"\partial E/\partial w_{jk} = \delta_j\,out^{(m)}_k",
    ),
    Mistake(
        id="outputs-shifted", at="every",
        changes={W: c.product(lambda run, n: run.delta[n], lambda run, n: np.roll(run.out[n - 1], 1, axis=1))},
        applies=_wide_before, formula=r"\partial E/\partial w_{jk} = \delta_j\,out_{k-1}",
    ),
    Mistake(
        id="gradient-transposed", at="every", changes={W: lambda run, n, x, _: x.T}, applies=_square,
        formula=r"\partial E/\partial w_{jk} = \delta_k\,out_j", source="CS231n, notes on backpropagation",
    ),
    Mistake(
        id="weights-from-raw-error", at="every",
        changes={W: c.product(lambda run, n: run.arriving[n], lambda run, n: run.out[n - 1])},
        formula=r"\partial E/\partial w_{jk} = \frac{\partial E}{\partial out_j}\,out_k",
    ),
    Mistake(
        id="outputs-left-out", at="every",
        changes={W: c.product(lambda run, n: run.delta[n], lambda run, n: np.ones_like(run.out[n - 1]))},
        formula=r"\partial E/\partial w_{jk} = \delta_j",
    ),
    Mistake(
        id="weights-not-trained", at="every", changes={W: lambda run, n, x, _: np.zeros_like(x)},
        formula=r"\partial E/\partial w_{jk} = 0",
    ),
    Mistake(
        id="first-unit-not-trained", at="every", changes={W: c.without(0), B: c.without(0)}, applies=_wide,
        formula=r"\partial E/\partial w_{1k} = \partial E/\partial b_1 = 0",
        source="blog.primen.dk, numerical gradient checking",
    ),
    Mistake(
        id="last-unit-not-trained", at="every", changes={W: c.without(-1), B: c.without(-1)}, applies=_wide,
        formula=r"\partial E/\partial w_{nk} = \partial E/\partial b_n = 0",
        source="blog.primen.dk, numerical gradient checking",
    ),
    Mistake(
        id="first-weight-not-trained", at="every", changes={W: c.without((..., 0))}, applies=_wide_before,
        formula=r"\partial E/\partial w_{j1} = 0", source="blog.primen.dk, numerical gradient checking",
    ),
    Mistake(
        id="last-weight-not-trained", at="every", changes={W: c.without((..., -1))}, applies=_wide_before,
        formula=r"\partial E/\partial w_{jn} = 0", source="blog.primen.dk, numerical gradient checking",
    ),
    Mistake(
        id="weights-of-last-sample", at="every", applies=_many,
        changes={W: c.product(lambda run, n: run.delta[n][-1:], lambda run, n: run.out[n - 1][-1:])},
        formula=r"\partial E/\partial w_{jk} = \delta_{Nj}\,out_{Nk}", source="karpathy/micrograd #2",
    ),
    Mistake(
        id="averages-multiplied", at="every", changes={W: c.averages_multiplied}, applies=_many,
        formula=r"\partial E/\partial w_{jk} = \tfrac1N \sum_s \delta_{sj} \sum_s out_{sk}",
    ),
    # ── Gradients of biases ──
    Mistake(
        id="bias-not-trained", at="every", changes={B: lambda run, n, x, _: np.zeros_like(x)}, applies=_biased,
        formula=r"\partial E/\partial b_j = 0", source="glouw/tinn #30",
    ),
    Mistake(
        id="bias-averaged", at="every", changes={B: c.times(lambda run, n: 1.0 / run.samples)},
        applies=_both(_biased, _many), formula=r"\partial E/\partial b_j = \tfrac1N \sum_s \delta_{sj}",
        source="kvfrans/notes #5",
    ),
    Mistake(
        id="bias-summed", at="every", changes={B: c.times(lambda run, n: run.samples)}, applies=_both(_biased, _mean),
        formula=r"\partial E/\partial b_j = N \sum_s \delta_{sj}",
    ),
    Mistake(
        id="bias-of-first-sample", at="every", changes={B: lambda run, n, x, _: run.over_samples(n, run.delta[n][:1])},
        applies=_both(_biased, _many), formula=r"\partial E/\partial b_j = \delta_{1j}",
    ),
    Mistake(
        id="bias-of-last-sample", at="every", changes={B: lambda run, n, x, _: run.over_samples(n, run.delta[n][-1:])},
        applies=_both(_biased, _many), formula=r"\partial E/\partial b_j = \delta_{Nj}",
        source="karpathy/micrograd #2",
    ),
    Mistake(
        id="bias-over-all", at="every", changes={B: c.same_for_all(np.sum)}, applies=_own_biases,
        formula=r"\partial E/\partial b_j = \sum_{s,i} \delta_{si}", source="stat453 #5",
    ),
    Mistake(
        id="bias-mean-over-all", at="every", changes={B: c.same_for_all(np.mean)}, applies=_own_biases,
        formula=r"\partial E/\partial b_j = \tfrac1{N n} \sum_{s,i} \delta_{si}", source="stat453 #5",
    ),
    Mistake(
        id="bias-over-units", at="every", changes={B: lambda run, n, x, _: run.delta[n].sum(axis=1)},
        applies=lambda p, n: _own_biases(p, n) and p.samples == p.sizes[n],
        formula=r"\partial E/\partial b_j = \sum_i \delta_{ji}", source="stat453 #5",
    ),
    Mistake(
        id="bias-times-inputs", at="every",
        changes={B: c.over_samples(lambda run, n: run.delta[n] * run.out[n - 1].sum(axis=1, keepdims=True))},
        applies=_biased, formula=r"\partial E/\partial b_j = \sum_k \delta_j\,out_k",
        source="rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization #62, #64",
    ),
    Mistake(
        id="bias-times-bias", at="every", changes={B: c.over_samples(lambda run, n: run.delta[n] * run.b(n))},
        applies=_biased, formula=r"\partial E/\partial b_j = \delta_j\,b_j",
    ),
    Mistake(
        id="bias-from-raw-error", at="every", changes={B: c.over_samples(lambda run, n: run.arriving[n])},
        applies=_biased, formula=r"\partial E/\partial b_j = \partial E/\partial out_j",
    ),
    Mistake(
        id="bias-gradient-of-other-layer", at="hidden", changes={B: c.other_delta}, applies=_other_delta,
        formula=r"\partial E/\partial b^{(l)}_j = \delta^{(m)}_j",
    ),
    Mistake(
        id="shared-bias-of-first-unit", at="every", changes={B: lambda run, n, x, _: run.delta[n][:, :1].sum(axis=0)},
        applies=_shared, formula=r"\partial E/\partial b = \delta_1",
    ),
    Mistake(
        id="shared-bias-of-last-unit", at="every", changes={B: lambda run, n, x, _: run.delta[n][:, -1:].sum(axis=0)},
        applies=_shared, formula=r"\partial E/\partial b = \delta_n",
    ),
    Mistake(
        id="shared-bias-averaged", at="every", changes={B: c.times(lambda run, n: 1.0 / run.problem.sizes[n])},
        applies=_shared, formula=r"\partial E/\partial b = \tfrac1n \sum_j \delta_j",
    ),
    # ── The penalty ──
    Mistake(
        id="penalty-left-out", at="every", changes={R: c.times(lambda run, n: 0.0)}, applies=_penalised,
        formula=r"\partial E/\partial w \text{ without } \partial R/\partial w",
    ),
    Mistake(
        id="penalty-doubled", kind="convention", at="every", changes={R: c.times(lambda run, n: 2.0)},
        applies=_penalised, formula=r"\dots + 2 \lambda w",
    ),
    Mistake(
        id="penalty-halved", kind="convention", at="every", changes={R: c.times(lambda run, n: 0.5)},
        applies=_penalised, formula=r"\dots + \tfrac12 \lambda w", source="jingtinghuang/CS231n-Spring-2017 #3",
    ),
    Mistake(
        id="penalty-averaged", kind="convention", at="every", changes={R: c.times(lambda run, n: 1.0 / run.samples)},
        applies=_both(_penalised, _many), formula=r"\dots + \tfrac1N \lambda w", source="ageron/handson-ml3 #118",
    ),
    Mistake(
        id="penalty-subtracted", at="every", changes={R: c.times(lambda run, n: -1.0)}, applies=_penalised,
        formula=r"\dots - \lambda w",
    ),
    Mistake(
        id="penalty-on-biases", at="every",
        changes={B: lambda run, n, x, _: x + run.functions.penalty.slope(run.b(n))},
        applies=_both(_penalised, _biased), formula=r"\partial E/\partial b = \delta + \lambda b",
        source="rasmusbergpalm/DeepLearnToolbox #32",
    ),
    Mistake(
        id="penalty-squared", at="every", changes={R: lambda run, n, x, _: run.problem.l2 * run.w(n) ** 2},
        applies=lambda p, n: p.l2 > 0.0, formula=r"\dots + \lambda w^2", source="omar-florez/scratch_mlp #5",
    ),
    Mistake(
        id="penalty-without-sign", at="every",
        changes={R: lambda run, n, x, _: run.problem.l1 + run.problem.l2 * run.w(n)},
        applies=lambda p, n: p.l1 > 0.0, formula=r"\dots + \lambda_1",
    ),
    # ── Samples ──
    Mistake(
        id="last-sample-only", changes={ERROR: c.only_sample(-1), DELTA: c.only_sample(-1)}, applies=_many,
        formula=r"\partial E_N/\partial w", source="karpathy/micrograd #2",
    ),
    Mistake(
        id="first-sample-only", changes={ERROR: c.only_sample(0), DELTA: c.only_sample(0)}, applies=_many,
        formula=r"\partial E_1/\partial w",
    ),
    Mistake(
        id="last-sample-left-out", changes={ERROR: c.without(-1), DELTA: c.without(-1)},
        applies=lambda p, n: p.samples > 2,
        formula=r"\sum_{s<N} \partial E_s/\partial w",
    ),
    Mistake(
        id="first-sample-left-out", changes={ERROR: c.without(0), DELTA: c.without(0)},
        applies=lambda p, n: p.samples > 2,
        formula=r"\sum_{s>1} \partial E_s/\partial w",
    ),
    Mistake(
        id="sample-by-sample", coupled=True, whole=c.sample_by_sample, applies=_many,
        formula=r"\sum_s \partial E_s/\partial w \text{ at } w^{(s-1)}",
    ),
    # ── All gradients ──
    Mistake(
        id="not-zeroed", formula=r"\textstyle\sum_{\text{calls}} \partial E/\partial w",
        source="karpathy/micrograd #53",
    ),
    Mistake(id="after-update", coupled=True, whole=c.after_update, formula=r"\partial E/\partial w \text{ at } w^{+}"),
    Mistake(
        id="parameters-returned", whole=c.parameters_returned, formula=r"w - \eta\,\partial E/\partial w",
    ),
    Mistake(
        id="unit-length", coupled=True, whole=c.unit_length, formula=r"\nabla E / \lVert\nabla E\rVert",
    ),
    Mistake(
        id="unit-length-each", whole=c.unit_length_each, formula=r"\nabla_W E / \lVert\nabla_W E\rVert",
    ),
    Mistake(
        id="only-signs", whole=c.every(lambda array, _: np.sign(array)),
        formula=r"\operatorname{sgn} \partial E/\partial w",
    ),
    Mistake(
        id="cut-to-integers", whole=c.every(lambda array, _: np.trunc(array)),
        formula=r"\operatorname{trunc} \partial E/\partial w",
    ),
    # ── With a constant that is fitted ──
    Mistake(
        id="gradient-clipped", whole=c.every(lambda array, limit: np.clip(array, -limit, limit)), fit="largest",
        usual=0.01, constant="c", formula=r"\min(c, \max(-c, \partial E/\partial w))",
    ),
    Mistake(
        id="norm-clipped", coupled=True, whole=c.shortened, fit="norm", usual=0.1, constant="c",
        formula=r"\nabla E \cdot \min(1, c/\lVert\nabla E\rVert)",
        source="Pascanu, Mikolov & Bengio, ICML (2013), used where a gradient is wanted",
    ),
    Mistake(
        id="rounded", whole=c.every(lambda array, digits: np.round(array, int(digits))), fit="decimals", usual=4.0,
        constant="d", formula=r"\partial E/\partial w \text{ to } d \text{ decimals}",
    ),
    Mistake(
        id="forward-difference", whole=c.difference(*c.STEPS["forward-difference"]), fit="step", usual=1e-4,
        constant="h",
        formula=r"(E(w + h) - E(w))/h", source="CS231n, notes on gradient checks",
    ),
    Mistake(
        id="backward-difference", whole=c.difference(*c.STEPS["backward-difference"]), fit="step", usual=1e-4,
        constant="h",
        formula=r"(E(w) - E(w - h))/h",
    ),
    Mistake(
        id="central-difference", whole=c.difference(*c.STEPS["central-difference"]), fit="step", usual=1e-2,
        constant="h",
        formula=r"(E(w + h) - E(w - h))/2h", source="CS231n, notes on gradient checks",
    ),
    Mistake(
        id="decay-added", at="all", changes={W: lambda run, n, x, k: x + k * run.w(n)}, fit="affine", usual=0.01,
        constant="λ", applies=lambda p, n: not p.l2, formula=r"\dots + \lambda w",
    ),
    Mistake(
        id="factor-on-penalty", at="all", changes={R: lambda run, n, x, k: k * x}, fit="affine", usual=3.0,
        constant="c", applies=_penalised, formula=r"\partial E/\partial w = \dots + c\,\partial R/\partial w",
    ),
    Mistake(
        id="factor-on-delta", at="hidden", changes={DELTA: lambda run, n, x, k: k * x}, fit="affine", usual=2.0,
        constant="c", applies=lambda p, n: n > 1 or _biased(p, n), formula=r"\delta_j = c\,\partial E/\partial net_j",
    ),
    Mistake(
        id="factor-on-weights", at="every", changes={W: lambda run, n, x, k: k * x}, fit="affine", usual=2.0,
        constant="c", formula=r"c\,\partial E/\partial w_{jk}", source="bighuang624/Andrew-Ng-Deep-Learning-notes #10",
    ),
    Mistake(
        id="factor-on-biases", at="every", changes={B: lambda run, n, x, k: k * x}, fit="affine", usual=4.0,
        constant="c", applies=_biased, formula=r"c\,\partial E/\partial b_j",
        source="bighuang624/Andrew-Ng-Deep-Learning-notes #10",
    ),
    Mistake(
        id="constant-factor", changes={SCALE: lambda run, n, x, k: k * x}, fit="affine", usual=1.0005, constant="c",
        formula=r"c\,\partial E/\partial w", source="fromscratchtoml #65",
    ),
    Mistake(
        id="factor-on-all", whole=c.every(lambda array, k: k * array), fit="affine", usual=1.0005, constant="c",
        applies=_penalised, formula=r"c\,\partial (E + R)/\partial w",
    ),
)  # fmt: skip

MISTAKES: dict[str, Mistake] = {row.id: row for row in ROWS}
