"""Formulas typed without LaTeX, numbers that sentences give, and numbers in programs: what is found, and what is not.

Expected places are marked in the texts themselves, with ⟦ and ⟧.
"""

from __future__ import annotations

import random
import re
import time
from decimal import Decimal
from itertools import pairwise

import pytest

from derive.read.prose import (
    NumberList,
    Said,
    moments,
    number_lists,
    number_names,
    plain_formulas,
    statements,
)

# ---------------------------------------------------------------------------------------------------------- formulas

MARKED = [
    "⟦x1=0.3⟧",
    "⟦w1 = 0.12⟧.",
    "⟦net_h1 = 0.12 × 0.3 + 0.4 × 0.7 + 0.25 = 0.566⟧",
    "⟦∂E/∂w₅ = 0.0311⟧; ⟦dE/dw5 = 0.0311⟧.",
    "⟦∂E / ∂w5 = -(0.2 - 0.7) * 0.21⟧",
    "so ⟦out_h1 = 1/(1 + e^(-0.566)) ≈ 0.6378⟧, as before",
    "⟦w5+ = w5 - 0.5 * 0.0311 = 0.3845⟧",
    "⟦w₅⁺ = w₅ − η · ∂E/∂w₅ = 0.4 − 0.5 × 0.0311⟧",
    "⟦0.12*0.3+0.4*0.7+0.25 = 0.566⟧",
    "⟦δ_o1 = (out_o1 − target_o1) · out_o1 · (1 − out_o1)⟧",
    "⟦E_total = E_o1 + E_o2⟧",
    "⟦E(total) = E(o1) + E(o2) = 0.41⟧",
    "⟦d(out)/d(net) = out(1-out) = 0.24⟧",
    "⟦w5_new := 0.3845⟧ and ⟦w6 ← w6 - 0.5*0.02⟧ and ⟦w5 → 0.3845⟧",
    "⟦x1=0.3⟧, ⟦x2=0.7⟧; ⟦w1=.15⟧ ⟦w2=.2⟧",
    "其中，给定的数: ⟦x1=0.3⟧, ⟦x2=0.7⟧;",
    "权重⟦w1=0.12⟧、⟦w2=0.4⟧，偏置⟦b1=0.25⟧；得到⟦net_h1=0.566⟧。",
    "⟦总误差 = 0.4101⟧，⟦学习率=0.5⟧。",
    "⟦error = 0.4101⟧",
    "so the ⟦net input = 0.566⟧ and",
    "the first hidden neuron ⟦net input = 0.566⟧",
    "⟦Loss = 0.5(0.2 - 0.7)² = 0.125⟧",
    "⟦error = target - output⟧",
    "⟦MSE = 0.41⟧. ⟦lr = 1e-3⟧.",
    "(⟦x1=0.3⟧, ⟦x2=0.7⟧)",
    "- ⟦w1 = 0.12⟧\n- ⟦w2 = 0.4⟧",
    "* ⟦w1 = 0.12⟧",
    "⟦w = [0.12, 0.4]⟧ and ⟦a[1] = 0.59⟧",
    "⟦σ'(z) = σ(z)(1 − σ(z))⟧",
    "⟦n = 10,000⟧ rows",
    "⟦h1 = 0.6378⟧ (rounded)",
    "⟦w5 = 0.3845...⟧".replace("...⟧", "⟧..."),
    "⟦net_h1 = w1 * x1 + b1⟧\n⟦= 0.12 * 0.3 + 0.25⟧\n⟦≈ 0.286⟧.",
    "$z = 3$ and ⟦a = 0.35⟧",
    "⟦Fehler = 0,298⟧ und ⟦ошибка = 0.298⟧",
]


@pytest.mark.parametrize("marked", MARKED)
def test_formulas_without_latex(marked: str) -> None:
    text, spans = unmarked(marked)
    assert [text[a:b] for a, b in plain_formulas(text)] == [text[a:b] for a, b in spans]
    assert list(plain_formulas(text)) == spans


NO_FORMULAS = [
    "x = the input",
    "the loss = mean of squares",
    "for i in range(10): x = 5",
    "nn = NeuralNetwork(2, 2)",
    "SGD(lr=0.5) or Neuron(2, bias=0.35)",
    "see http://x.example/?a=1&b=2 and ?a=1",
    '<img width="300" height=20>',
    "run it with --lr=0.5 or LR==0.5",
    "2H2 + O2 -> 2H2O, and CH4 + 2O2 = CO2 + 2H2O",
    "numpy>=1.2, version=1.2.3",
    "out(o1)->net(o1)->w5",
    "i1 → h1, and 784 → 300 → 10",
    "i1, i2 = 0.05, 0.10",
    "w1 and w2 = 0.05 and 0.10",
    "i = 1, 2, …, n",
    "when x = 0 we stop; if y=1, too",
    "当x=0时，如果w1=0.15",
    "f(x) = x^2 for x > 0",
    "s = 1 if y else 0",
    "w = 0.1 to 0.5, w = 0.1–0.5, w = 0.5 ± 0.1",
    "size = 3 x 3",
    "w1 = 0.15$\\times$2",
    "net = $w_1$ + 0.3 = 0.5",
    "net_h1 = 0.15 * 0.05 +\n0.2 * 0.1 = 0.02",
    "= 0.3775",
    "equation (3) = 0.5, step 3 - w1 = 0.15",
    "b = 0.35 * (",
    "w1 = 0.15 times 2",
    "date=2020-12-01",
    "∑ᵢ wᵢ xᵢ = 0.3775",
    "w5+= 0.3 and w -= 0.5*g",
    "x <= 0.5, y => 0.5",
]


@pytest.mark.parametrize("text", NO_FORMULAS)
def test_what_is_no_formula_or_only_a_part_of_one(text: str) -> None:
    assert [text[a:b] for a, b in plain_formulas(text)] == []


def test_formulas_between_dollars_are_left_alone() -> None:
    assert plain_formulas("$w_1 = 0.15$, $$E = 0.3$$ and $a$") == ()


# -------------------------------------------------------------------------------------------------------- statements

SAID = [
    ("After 2,000 iterations the error is 0.00123.", [("loss", "0.00123", 2000)]),
    ("after $2{,}000$ updates the loss is $0.00123$", [("loss", "0.00123", 2000)]),
    ("After 20 000 epochs, the total error has dropped to 0.00123.", [("loss", "0.00123", 20000)]),
    ("After 10k iterations the error is 3.51×10^{-5}", [("loss", "0.0000351", 10000)]),
    ("The error after ten thousand iterations is 3.51e-5.", [("loss", "0.0000351", 10000)]),
    ("After the second round of backpropagation, the error is now 0.2835", [("loss", "0.2835", 2)]),
    ("The error falls from 0.2984 to 0.2910 after one update.",
     [("loss", "0.2984", 0), ("loss", "0.2910", 1)]),
    ("After the second iteration the error falls from 0.2910 to 0.2835.", [("loss", "0.2835", 2)]),
    (
        "When the 0.3 and 0.7 inputs were fed forward originally, the error on the network was 0.4101.",
        [("inputs", "0.3 0.7", None), ("loss", "0.4101", 0)],
    ),
    (
        "After repeating this 500 times, the error plummets to 0.0123. "
        "At this point the two output neurons generate 0.213 (vs 0.2 target) and 0.887 (vs 0.9 target).",
        [("loss", "0.0123", 500), ("outputs", "0.213 0.887", 500), ("targets", "0.2 0.9", None)],
    ),
    ("The error was 0.4101 at first; after 500 iterations it is 0.0123.",
     [("loss", "0.4101", 0), ("loss", "0.0123", 500)]),
    ("这个例子第一次更新之后，总误差 E(total) 由 0.4101 下降到 0.3907。",
     [("loss", "0.4101", 0), ("loss", "0.3907", 1)]),
    (
        "迭代 500 次后，误差为 0.0123，输出为 [0.213,0.887]（原输入为 [0.2,0.9]）。",
        [("loss", "0.0123", 500), ("outputs", "0.213 0.887", 500)],
    ),
    ("1 万次迭代之后，误差降到 0.00123", [("loss", "0.00123", 10000)]),
    ("前向传播结束，得到输出值为 [0.61, 0.72]，与实际值（目标）[0.2, 0.9] 还有差距，再更新权重。",
     [("outputs", "0.61 0.72", 0), ("targets", "0.2 0.9", None)]),
    ("给出输入数据 x1, x2(0.3 和 0.7)，使输出接近期望输出 y1, y2(0.2 和 0.9)。",
     [("inputs", "0.3 0.7", None), ("targets", "0.2 0.9", None)]),
    ("ηη 是学习率，我们这里取 0.3。", [("rate", "0.3", None)]),
    ("inputs 0.3 and 0.7, targets 0.2 and 0.9, and a learning rate of 0.5",
     [("inputs", "0.3 0.7", None), ("targets", "0.2 0.9", None), ("rate", "0.5", None)]),
    ("the inputs are $(0.3, 0.7)$; the learning rate $\\eta$, which we set to 0.5",
     [("inputs", "0.3 0.7", None), ("rate", "0.5", None)]),
    ("With inputs 0.3, 0.7 and 2 hidden neurons", [("inputs", "0.3 0.7", None)]),
    ("The derivative of the error with respect to w5 is 0.0311.", [("derivative", "0.0311", None)]),
    ("误差对 w5 的偏导为 0.0311", [("derivative", "0.0311", None)]),
    ("Nach 10.000 Iterationen beträgt der Fehler 0,0000351. Die Lernrate beträgt 0,5.",
     [("loss", "0.0000351", 10000), ("rate", "0.5", None)]),
    ("Après 10 000 itérations, l'erreur est de 0.0000351.", [("loss", "0.0000351", 10000)]),
    ("Después de 500 iteraciones el error es 0.0123.", [("loss", "0.0123", 500)]),
    ("Após 500 iterações o erro é 0.0123.", [("loss", "0.0123", 500)]),
    ("500回の学習後、誤差は0.0123です。学習率は0.5。", [("loss", "0.0123", 500), ("rate", "0.5", None)]),
    ("학습률은 0.5", [("rate", "0.5", None)]),
    ("После 500 итераций ошибка равна 0.0123.", [("loss", "0.0123", 500)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[text[:40] for text, _ in SAID])
def test_numbers_that_sentences_give(text: str, expected: list[tuple[str, str, int | None]]) -> None:
    assert [brief(said) for said in statements(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "With the new parameters the forward pass gives an error of $0.3907$, where it was $0.4101$.",
        "用新的参数再做一次前向传播，误差为 $0.3907$，原来是 $0.4101$。",
    ],
)
def test_what_reports_say_after_an_update_counts_from_that_update(text: str) -> None:
    assert [(*brief(said), said.relative) for said in statements(text)] == [
        ("loss", "0.3907", 1, True), ("loss", "0.4101", 0, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "From the given weights and biases, $500$ updates by gradient descent, each on all samples, "
        "take the error from $0.4101$ to $0.0123$.",
        "从给定的权重和偏置出发，用梯度下降更新 $500$ 次，每次用全部样本，误差从 $0.4101$ 变为 $0.0123$。",
    ],
)
def test_what_reports_say_of_a_run_of_training(text: str) -> None:
    assert [brief(said) for said in statements(text)] == [("loss", "0.4101", 0), ("loss", "0.0123", 500)]


NOT_SAID = [
    "The error is less than 0.0123, and drops by 0.0456 after 10 iterations.",
    "The relative error is 0.0123, the error rate 0.0456, and the rounding error 0.0789.",
    "The net input is 0.3775 and the hidden layer outputs are 0.593 and 0.597.",
    "Its output is 0.5932 for h1.",
    "The error of o1 is 0.2748; 输出层 o1 的误差为 0.2748",
    "a network with 2 inputs and 2 outputs; inputs 1 and 2 feed neuron 3",
    "The error on the test set is 0.0123.",
    "If the error is 0.0123, we stop.",
    "For other inputs 0.3 and 0.4 the outputs are 0.71 and 0.72.",
    "outputs between 0.01 and 0.99, targets 0.01 to 0.99",
    "The error is 12 % and the loss is 0.25 times smaller.",
    "the error is 0.3",
    "At iteration 100 the error is 0.0200, and every 100 iterations the error is 0.0100.",
    "After about 2,000 iterations the error is 0.000035.",
    "After another 100 iterations the error is 0.0200.",
    "The training took 2,000 iterations. The error is 0.000035.",
    "The error after training is 0.000035.",
    "The author wrongly prints an error of 0.2910.",
    "Using a learning rate of 0.1 instead of 0.5 gives an error of 0.295.",
    "The learning rate decays from 0.5 to 0.1; a typical learning rate is 0.01.",
    "each on one sample drawn at random, $500$ updates take the error from $0.4101$ to $0.0123$.",
    "误差小于 0.0123 时停止。训练 100 次后误差下降了 0.0456",
    "再迭代 100 次后误差为 0.0200",
    "隐藏层输出为 [0.593, 0.597]，每次迭代后误差为 0.2748",
    "E(o1) 对 out(h1) 的偏导为 0.0554",
    "error = 0.4101",
    "the bias is 0.35 for the hidden layer",
    "We want the network to have outputs 0.25 and 0.75; 希望输出为 0.25 和 0.75",
]


@pytest.mark.parametrize("text", NOT_SAID)
def test_doubtful_numbers_are_left_out(text: str) -> None:
    assert [brief(said) for said in statements(text)] == []


def test_a_formula_in_words_is_said_only_with_a_time_of_training() -> None:
    assert [brief(said) for said in statements("After 500 iterations, error = 0.0123")] == [("loss", "0.0123", 500)]


def test_names_beside_numbers_are_told() -> None:
    (said,) = statements("输入 i1 和 i2 分别为 0.3 和 0.7")
    assert said.about == "i1, i2"
    (said,) = statements("The output of o1 is 0.6123.")
    assert (said.about, said.steps) == ("o1", None)


def test_moments_reach_to_the_next_or_to_the_end_of_the_sentence() -> None:
    text = (
        "Initially $E = 0.41$, and after 500 iterations $E = 0.0123$. Then comes $w = 1$. After about 3 epochs, $E=1$."
    )
    found = [(text[m.start : m.end], m.steps) for m in moments(text)]
    assert [steps for _, steps in found] == [0, 500, None]
    assert "0.41" in found[0][0]
    assert "0.0123" not in found[0][0]
    assert found[1][0] == "after 500 iterations $E = 0.0123$"


# ---------------------------------------------------------------------------------------------------------- programs

PROGRAM = '''\
# old = [9, 9]
"""a = [8, 8]"""
net = Net(2, weights=[0.1, 0.2, -0.3], bias=0.35)  # bias=0.6
网络.train([0.3, 0.7], np.array([0.2, 0.9]))
data = np.array([[1, 2, 3], [4, 5, 6]], dtype=float).T
pairs = [[[0, 1], [1]], [[1, 1], [0]]]
x, RATE = (1e-3, 1_000), 0.5
self.beta = -0.9
flags = [True, 0]
y = x[0, 1:2]
'''


def test_lists_of_numbers_in_python() -> None:
    found = number_lists(PROGRAM, "python")
    assert [(" ".join(v.text for v in each.values), each.shape, each.name) for each in found if each.within < 0] == [
        ("0.1 0.2 -0.3", (3,), "weights"),
        ("0.3 0.7", (2,), ""),
        ("0.2 0.9", (2,), ""),
        ("1 2 3 4 5 6", (2, 3), "data"),
        ("0 1", (2,), ""),
        ("1", (1,), ""),
        ("1 1", (2,), ""),
        ("0", (1,), ""),
        ("0.001 1000", (2,), "x"),
    ]
    given, wanted = (next(one for one in found if values(one) == text) for text in ("0.3 0.7", "0.2 0.9"))
    assert given.siblings == wanted.siblings == (found.index(given), found.index(wanted))
    data = next(each for each in found if each.name == "data")
    assert [values(each) for each in found if each.within == found.index(data)] == ["1 2 3", "4 5 6"]


def test_numbers_stand_where_they_are_said_to() -> None:
    for each in number_lists(PROGRAM):
        for numeral in each.values:
            assert Decimal(PROGRAM[numeral.start : numeral.end].replace("_", "")) == numeral.value
        assert PROGRAM[each.start] + PROGRAM[each.end - 1] in ("[]", "()")


def test_names_of_numbers_in_python() -> None:
    assert [(name, numeral.text) for name, numeral in number_names(PROGRAM)] == [
        ("bias", "0.35"), ("RATE", "0.5"), ("beta", "-0.9"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "language", "lists", "names"),
    [
        ("double[] x = {0.3, 0.7};\n// y = {1, 2}\nfloat r = 0.5f;", "java", [("0.3 0.7", "x")], [("r", "0.5")]),
        ("x = [0.3 0.7; 0.2 0.9]; % z = [1 2]\nlr = 0.5;", "matlab", [("0.3 0.7 0.2 0.9", "x")], [("lr", "0.5")]),
        ("x <- c(0.3, 0.7)\nlr <- 0.5 # z <- 3", "r", [("0.3 0.7", "x")], [("lr", "0.5")]),
        ("n.train([0.3, 0.7], [0.2, 0.9]); /* [1] */", "js", [("0.3 0.7", ""), ("0.2 0.9", "")], []),
        (">>> f(np.array([0.3, 0.7]), k=2)\n>>> w[0] = 3", "", [("0.3 0.7", "")], [("k", "2")]),
        ("print 'x = [1, 2]'\nif a == 0.5: b = 2 * c", "python", [], []),
    ],
)
def test_programs_that_are_not_python(
    code: str, language: str, lists: list[tuple[str, str]], names: list[tuple[str, str]]
) -> None:
    assert [(values(each), each.name) for each in number_lists(code, language)] == lists
    assert [(name, numeral.text) for name, numeral in number_names(code, language)] == names


def test_both_ways_of_reading_python_find_the_same() -> None:
    code = "f([0.1, 0.2], w=[[1, 2], [3, 4]])\nx = [5]\n"
    old = "print 'old'\n"  # no syntax of today: read by brackets
    shifted = [(values(e), e.shape, e.name, e.siblings, e.within, e.start - len(old)) for e in number_lists(old + code)]
    assert shifted == [(values(e), e.shape, e.name, e.siblings, e.within, e.start) for e in number_lists(code)]


# ----------------------------------------------------------------------------------------------------------- hostile

HOSTILE = [
    "= = =",
    "0.1,0.1,",
    "a_a_a_",
    "$$$$",
    "((",
    "- ",
    "w1 = 0.1, ",
    "error 0.35 ",
    "after 10 updates ",
    "误差",
    "[0.1,",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_long_texts_take_time_in_proportion(part: str) -> None:
    text = (part * (200_000 // len(part) + 1))[:200_000]
    for find in (plain_formulas, statements, moments, number_lists):
        start = time.process_time()
        find(text)
        assert time.process_time() - start < 4  # a second where nothing else runs; hours if it went with the square


@pytest.mark.parametrize(
    "code", ["[" * 5000, "-" * 5000 + "1", "x." * 5000, "\0", "[" + "1," * 5000, "9" * 5000, "f('\\d')"]
)
def test_hostile_programs(code: str) -> None:
    assert all(numeral.text.isdigit() for each in number_lists(code) for numeral in each.values)
    assert number_names(code) == ()


def test_too_long_a_program_is_not_read() -> None:
    assert number_lists("x = [1, 2]\n" + " " * 1_000_000) == ()


def test_random_texts() -> None:
    rng = random.Random(0)
    parts = [re.sub("[⟦⟧]", "", text) for text in MARKED] + NO_FORMULAS + NOT_SAID + [text for text, _ in SAID]
    pieces = [piece for part in parts for piece in re.findall(r"\w+|\W", part)]
    for _ in range(400):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(80)))
        spans = plain_formulas(text)
        assert all(a < b <= len(text) and text[a:b] == text[a:b].strip() for a, b in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        for said in statements(text):
            assert said.start <= said.values[0].start < said.values[-1].end <= max(said.end, said.values[-1].end)
            assert all(text[v.start : v.end].strip() and v.value.is_finite() for v in said.values)


def unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its marks, and where they were."""
    text, starts, ends = "", [], []
    for character in marked:
        if character == "⟦":
            starts.append(len(text))
        elif character == "⟧":
            ends.append(len(text))
        else:
            text += character
    return text, list(zip(starts, ends, strict=True))


def brief(said: Said) -> tuple[str, str, int | None]:
    return said.what, " ".join(value.text for value in said.values), said.steps


def values(found: NumberList) -> str:
    return " ".join(value.text for value in found.values)
