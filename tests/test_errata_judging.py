"""How single claims are judged: each kind right and wrong, against numbers and formulas that come from elsewhere.

The numbers of the worked example are golden (tests/golden.py); the others can be worked out by hand.
"""

from __future__ import annotations

import pytest
from proofreading import about_the_example, judged, kinds, only

import derive
from derive.errata import Cause, Level

# ── Arithmetic, which takes no network ──────────────────────────────────────────────────────────────────────────

RIGHT = (
    "$0.15 \\cdot 0.05 + 0.2 \\cdot 0.1 + 0.35 = 0.3775$",
    "$\\frac{1}{1 + e^{-0.3775}} \\approx 0.59327$",
    "$\\frac12 (0.01 - 0.75)^2 = 0.2738$",
    "$2.5 \\times 10^{-3} \\cdot 4 = 0.01$",
    "$\\sqrt{2} \\approx 1.4142$",
    "$\\ln 2 = 0.6931$",
    "$1{,}000 \\cdot 0.5 = 500$",
    "$25\\% = 0.25$",
    "$\\tanh(0.5) = 0.4621$",
    "$\\max(0, -3) = 0$",
    "$3 - -2 = 5$",
    "$0.74 * 0.5 = 0.37$",
    "$\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}"
    " \\begin{bmatrix} 1 \\\\ 1 \\end{bmatrix} = \\begin{bmatrix} 3 \\\\ 7 \\end{bmatrix}$",
)
WRONG = (
    ("$0.15 \\cdot 0.05 + 0.2 \\cdot 0.1 + 0.35 = 0.3785$", "0.3775"),
    ("$\\frac{1}{1 + e^{-0.3775}} \\approx 0.59372$", "0.59327"),
    ("$\\frac12 (0.01 - 0.75)^2 = 0.5476$", "0.2738"),
    ("$2.5 \\times 10^{-3} \\cdot 4 = 0.1$", "0.0"),
    ("$\\sqrt{2} \\approx 1.4124$", "1.4142"),
    ("$\\ln 2 = 0.3010$", "0.6931"),
    ("$0.74 * 0.5 = 0.47$", "0.37"),
)  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_right_arithmetic_stands(text: str) -> None:
    errata = judged(text)
    assert kinds(errata) in (["proved"], ["agrees"])
    assert errata.claims[0].level in (Level.ARITHMETIC, Level.VALUE, Level.SUBSTITUTION, Level.EQUALITY)


@pytest.mark.parametrize(("text", "right"), WRONG)
def test_wrong_arithmetic_is_refuted_with_the_right_number(text: str, right: str) -> None:
    claim = only(judged(text))
    assert (claim.kind, claim.level, claim.correct) == ("refuted", Level.ARITHMETIC, right)


def test_a_decimal_comma_is_read_when_it_is_told() -> None:
    text = "$0,15 \\cdot 0,05 + 0,35 = 0,3575$"
    assert kinds(judged(text, decimal_comma=True)) == ["proved"]
    assert "refuted" in kinds(judged(text.replace("0,3575", "0,3576"), decimal_comma=True))


def test_long_decimals_are_taken_for_rounded_ones() -> None:
    # 0.741365 · 0.186816 = 0.138498852…; with the unrounded factors it is 0.138498562.
    assert kinds(judged("$0.741365 \\cdot 0.186816 = 0.1384986$")) == ["agrees"]
    assert kinds(judged("$0.741365 \\cdot 0.186816 = 0.1384$")) == ["agrees"]  # cut off, which is a mild finding
    assert only(judged("$0.741365 \\cdot 0.186816 = 0.1384$")).mild
    assert kinds(judged("$0.741365 \\cdot 0.186816 = 0.1395$")) == ["refuted"]


# ── Numbers for quantities ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("$out_{h1} = 0.593296992$", Cause.SWAPPED),  # right: 0.593269992
        ("$out_{h1} = 0.59369992$", Cause.DROPPED),
        ("$out_{o1} = 0.751365069$", Cause.TRUNCATED),  # right: 0.75136506955…
        ("$out_{h1} = 0.593269994$", Cause.LAST),
        ("$out_{h1} = 0.543269992$", Cause.DIGIT),
        ("$out_{h1} = 0.0593269992$", Cause.POINT),
        ("$out_{h1} = -0.593269992$", Cause.SIGN),
        ("$out_{h1} = 0.596884378$", Cause.NEIGHBOUR),  # out_h2
        ("$out_{h1} = 0.406730008$", Cause.EXPONENT),  # 1/(1 + e^{+net})
        ("$\\frac{\\partial E_{total}}{\\partial w_1} = 0.000364722877594$", Cause.MISTAKE),  # early update
    ],
)
def test_a_wrong_number_is_explained(text: str, cause: Cause) -> None:
    claim = only(about_the_example(text))
    assert claim.cause is cause
    assert claim.kind == ("agrees" if cause is Cause.TRUNCATED else "refuted")


def test_rounded_early_is_told_from_wrong_with_both_values() -> None:
    # 0.74 · 0.19 · 0.59 = 0.082954; unrounded it is 0.0821670406.
    text = "$\\frac{\\partial E_{total}}{\\partial w_5} = 0.74 \\cdot 0.19 \\cdot 0.59 = %s$"
    assert kinds(about_the_example(text % "0.0822")) == ["agrees", "agrees"]
    claim = only(about_the_example(text % "0.0830"))
    assert (claim.cause, claim.claimed, claim.correct, claim.detail) == (Cause.EARLY, "0.0830", "0.0822", "0.082954")
    assert only(about_the_example(text % "0.0930")).kind == "refuted"


def test_what_follows_from_an_error_is_no_error_of_its_own() -> None:
    errata = about_the_example(
        "$out_{o1} = 0.75136079$. Then $E_{o1} = \\frac12 (target_{o1} - out_{o1})^2 = \\frac12 (0.01 - 0.75136079)^2 "
        "= 0.2748079$, and $\\frac{\\partial E_{total}}{\\partial out_{o1}} = -(0.01 - 0.75136079) = 0.74136079$."
    )
    first, *others = errata.findings
    assert (first.about, first.kind) == ("out_o1", "refuted")
    assert {claim.cause for claim in others} == {Cause.FOLLOWS}
    assert {claim.follows for claim in others} == {first.number}


def test_given_values_are_compared() -> None:
    text = "$w_5 = 0.40$, $w_6 = 0.45$, $w_7 = %s$, $w_8 = 0.55$"
    assert set(kinds(about_the_example(text % "0.50"))) == {"proved"}
    claim = only(about_the_example(text % "0.55"))
    assert (claim.about, claim.level, claim.cause) == ("w7", Level.GIVEN, Cause.NEIGHBOUR)


def test_a_name_that_is_used_for_something_else_is_not_accused() -> None:
    """Learning rates of other experiments, sizes of other layers."""
    assert set(kinds(about_the_example("Here $\\eta = 2$ diverges.\n\nAnd $w_2 = (5 - 3)/2 + 1 = 2$."))) <= {
        "undecided", "proved",
    }  # fmt: skip


def test_statements_about_training_are_checked_by_training() -> None:
    right = "After 10,000 iterations the error is 0.000035102."
    assert kinds(about_the_example(right)) == ["agrees"]
    claim = only(about_the_example(right.replace("102", "085")))
    assert (claim.level, claim.cause) == (Level.TRAINING, Cause.MISTAKE)
    assert claim.mistakes[0].mistakes[0].id == "updated-weights"


# ── Formulas and chains ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("formula", "cause"),
    [
        ("net_{h1} = w_1 i_1 + w_3 i_2 + b_1", Cause.INDEX),
        ("net_{h1} = w_1 i_1 + w_2 i_2 + b_2", Cause.BIAS),
        ("net_{h1} = w_1 i_1 + w_2 i_2", Cause.TERM_MISSING),
        ("net_{h1} = w_1 i_1 - w_2 i_2 + b_1", Cause.SIGN),
        ("out_{h1} = \\frac{1}{1 + e^{net_{h1}}}", Cause.EXPONENT),
        ("E_{o1} = \\frac12 (target_{o2} - out_{o1})^2", Cause.TARGET),
        ("E_{o1} = (target_{o1} - out_{o1})^2", Cause.CONSTANT),
        ("E_{o1} = \\frac12 (target_{o1} - out_{o1})^3", Cause.POWER),
        ("\\frac{\\partial E_{total}}{\\partial w_5} = (out_{o1} - target_{o1}) out_{h1}", Cause.SLOPE_MISSING),
        ("\\delta_{o1} = (out_{o1} - target_{o1}) \\sigma'(out_{o1})", Cause.SLOPE_OF),
        ("\\frac{\\partial E_{total}}{\\partial out_{h1}} = \\delta_{o1} w_5", Cause.TERM_MISSING),
        ("w_5^{+} = w_5 + \\eta \\frac{\\partial E_{total}}{\\partial w_5}", Cause.SIGN),
    ],
)
def test_the_smallest_change_explains_a_wrong_formula(formula: str, cause: Cause) -> None:
    assert only(about_the_example(f"$${formula}$$")).cause is cause


CHAIN = (
    "\\frac{\\partial E_{total}}{\\partial w_5} = \\frac{\\partial E_{total}}{\\partial out_{o1}} \\cdot "
    "\\frac{\\partial out_{o1}}{\\partial net_{o1}} \\cdot \\frac{\\partial net_{o1}}{\\partial w_5}"
)


def test_a_chain_cancels_in_any_order() -> None:
    assert kinds(about_the_example(f"$${CHAIN}$$")) == ["proved"]
    first, rest = CHAIN.split(" = ")
    turned = " \\cdot ".join(reversed(rest.split(" \\cdot ")))
    assert kinds(about_the_example(f"$${first} = {turned}$$")) == ["proved"]


def test_capitals_alone_do_not_break_a_chain_of_names_that_nothing_defines() -> None:
    chain = (
        "$$\\frac{\\partial E}{\\partial w_5} = \\frac{\\partial E}{\\partial out_{o1}} "
        "\\frac{\\partial out_{o1}}{\\partial net_{?}} \\frac{\\partial net_{o1}}{\\partial w_5}$$"
    )
    assert kinds(judged(chain.replace("?", "O1"))) == ["agrees"]
    assert kinds(judged(chain.replace("?", "o2"))) == ["refuted"]


def test_a_chain_that_does_not_cancel_is_refuted() -> None:
    claim = only(about_the_example(f"$${CHAIN.replace('partial net_{o1} ', 'partial net_{o2} ')}$$".replace(
        "\\partial net_{o1}}{\\partial w_5}", "\\partial net_{o2}}{\\partial w_5}"
    )))  # fmt: skip
    assert (claim.level, claim.cause) == (Level.STRUCTURE, Cause.CHAIN)


def test_an_index_slip_is_one_even_where_the_number_is_right() -> None:
    # ∂E_total/∂E_o2 is 1, as ∂E_total/∂E_o1 is: the product has the right value, and does not cancel.
    text = (
        "$$\\frac{\\partial E_{total}}{\\partial out_{o1}} = \\frac{\\partial E_{total}}{\\partial E_{o%d}} \\cdot "
        "\\frac{\\partial E_{o1}}{\\partial out_{o1}}$$"
    )
    assert kinds(about_the_example(text % 1)) == ["proved"]
    assert only(about_the_example(text % 2)).cause is Cause.CHAIN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\\sigma(x) = \\frac{1}{1 + e^{-x}}", "proved"),
        ("\\sigma(x) = \\frac{1}{1 + e^{x}}", "refuted"),
        ("\\sigma'(x) = \\sigma(x)(1 - \\sigma(x))", "proved"),
        ("\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))", "refuted"),
        ("\\tanh'(x) = 1 - \\tanh^2(x)", "proved"),
        ("\\tanh'(x) = 1 - \\tanh(x)", "refuted"),
        ("\\frac{d\\sigma}{dx} = \\sigma(x)(1 - \\sigma(x))", "proved"),
        ("\\delta_j^{(1)} = \\sigma'(z_j^{(1)}) \\sum_k w_{kj}^{(2)} \\delta_k^{(2)}", "proved"),
        ("\\delta_j^{(1)} = \\sigma'(z_j^{(1)}) \\sum_k w_{jk}^{(2)} \\delta_k^{(2)}", "refuted"),
    ],
)
def test_general_formulas(text: str, kind: str) -> None:
    assert kinds(about_the_example(f"$${text}$$")) == [kind]


def test_a_formula_for_whole_layers_is_one_for_all_neurons() -> None:
    text = (
        "$$z^{[1]} = W^{[1]} x + b^{[1]}$$ $$\\delta^{[1]} = (W^{[2]})^\\top \\delta^{[2]} \\odot \\sigma'(z^{[1]})$$"
    )
    assert kinds(about_the_example(text)) == ["proved", "proved"]
    wrong = text.replace("(W^{[2]})^\\top", "W^{[2]}")
    assert kinds(about_the_example(wrong)) == ["proved", "refuted"]


# ── What is not understood ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "out_{h1} = \\oint f \\, dx", "out_{h1} = (0.5", "out_{h1} = \\unknown{0.5}", "out_{h9} = 0.5",
        "q_{17} = out_{h1} \\star \\star 2", "net_{h1} = w_1 i_1 + \\ldots",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_undecided_with_its_place_and_the_reason(text: str) -> None:
    errata = about_the_example(f"Some words.\n\nAnd ${text}$ here.")
    (claim,) = errata.claims
    assert claim.kind == "undecided"
    assert claim.reason
    assert claim.start >= len("Some words.\n\nAnd $")
    assert errata.exit_code == 3


def test_every_formula_has_a_reading_and_nothing_is_dropped() -> None:
    errata = about_the_example("$out_{h1} = 0.593269992$ and $x \\in S$ and $\\int$ and $w_5$.")
    assert [reading.source for reading in errata.readings] == ["out_{h1} = 0.593269992", "x \\in S", "\\int", "w_5"]
    assert all(reading.reading for reading in errata.readings)


# ── The network behind the text ─────────────────────────────────────────────────────────────────────────────────

OWN = """
The net input is $z = w x + b$ and the output $a = \\sigma(z)$, with the loss $L = \\frac12 (a - t)^2$.
Given are $w = 0.5$, $x = 2$, $b = -0.3$, $t = 1$.

$$a = \\sigma(0.7) = 0.668187772$$
$$\\frac{\\partial L}{\\partial w} = (a - t) \\cdot a (1 - a) \\cdot x = %s$$
"""


def test_a_document_is_judged_by_its_own_definitions() -> None:
    # (a − 1) · a (1 − a) · 2 with a = 0.66818777…, by hand
    assert "refuted" not in kinds(judged(OWN % "-0.147134085"))
    assert only(judged(OWN % "-0.147143085")).cause is Cause.SWAPPED


def test_what_was_inferred_is_a_spec_that_can_be_used_again() -> None:
    from derive import spec

    text = judged(OWN % "-0.147134085").inferred
    made = spec.loads(text, source="inferred")
    again = judged(OWN % "-0.147134085", made)
    assert set(kinds(again)) <= {"proved", "agrees"}
    assert again.network == made.name


def test_a_side_file_names_what_stands_only_in_a_figure() -> None:
    text = "$q_1 = 0.3775$ and $r = 0.593269992$"
    assert "undecided" in kinds(
        about_the_example(f"{text} and $\\frac{{\\partial E_{{total}}}}{{\\partial q_1}} = 0.00877135$")
    )
    side = {"network": "mazur", "names": {"q_1": "net_h1", "r": "out_h1"}}
    assert set(kinds(judged(text, side=side))) == {"proved", "agrees"}
    assert kinds(judged("$q_1 = 0.3774$", side=side)) == ["refuted"]


def test_so_does_front_matter() -> None:
    text = '+++\n[derive]\nnetwork = "mazur"\n[derive.names]\n"q" = "out_h1"\n+++\n\n$q = 0.593269992$'
    assert kinds(judged(text)) == ["agrees"]
    assert kinds(judged("---\nderive-network: mazur\n---\n\n$out_{h1} = 0.593269992$")) == ["agrees"]


def test_the_same_seed_says_the_same() -> None:
    text = f"$${CHAIN}$$ $out_{{h1}} = 0.59$"
    assert about_the_example(text) == about_the_example(text)


def test_the_activation_of_a_whole_layer_has_no_value_at_one_number() -> None:
    formulas = "f'(z) = f(z) (1 - f(z))", "\\mathrm{softmax}(0.5) = 0.2", "y_1 = f(z_1)", "y_1 = f(2 z_1 + 1)"
    text = "$z_1$ is a score.\n\n" + "".join(f"$${formula}$$\n\n" for formula in formulas)
    softmax = derive.network(
        inputs=["0.5"], targets=[0, 1], loss="categorical cross-entropy", seed=3,
        layers=[{"size": 2, "activation": "softmax"}],
    )  # fmt: skip
    errata = judged(text, softmax.spec)
    assert errata.count("refuted") == 0
    assert errata.count("undecided") >= 1
