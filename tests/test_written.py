"""Formulas as people write them, read into trees: what is read as what, where it stands, and that nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.read.written import Formula, Node, mentioned, read
from derive.read.written.cursor import Cursor
from derive.read.written.latex import latex
from derive.read.written.plain import plain
from derive.read.written.tables import RELATIONS
from derive.read.written.tree import (
    Apply,
    Bars,
    BigSum,
    Choice,
    Component,
    Condition,
    Derivative,
    Grid,
    Minus,
    Name,
    Norm,
    Number,
    Of,
    Opaque,
    Over,
    Plus,
    Power,
    Root,
    Statement,
    Times,
    Turned,
    depth,
    parts,
    walk,
)

# ── A compact notation for trees ─────────────────────────────────────────────────────────────────────────────────


def shown(node: Node | None) -> str:
    """Return a tree in one line: [a·b] is a product, {a/b} a quotient, (a+b) a sum, D[E:w] a derivative."""
    match node:
        case None:
            return "…"
        case Number(_, _, text):
            return text
        case Name():
            return node.plain + ("!" if node.bold else "")
        case Plus(_, _, terms):
            return "(" + "+".join(map(shown, terms)) + ")"
        case Minus(_, _, arg):
            return "-" + shown(arg)
        case Times(_, _, factors, marks):
            rest = "".join((mark or " ") + shown(factor) for mark, factor in zip(marks, factors[1:], strict=True))
            return "[" + shown(factors[0]) + rest + "]"
        case Over(_, _, above, below):
            return "{" + shown(above) + "/" + shown(below) + "}"
        case Power(_, _, base, exponent, _):
            return f"{shown(base)}**{shown(exponent)}"
        case Apply(_, _, function, args, _):
            return f"{function.plain}<{','.join(map(shown, args))}>"
        case Of(_, _, name, args):
            return f"{name.plain}<<{','.join(map(shown, args))}>>"
        case Root(_, _, arg):
            return f"√{shown(arg)}"
        case Derivative(_, _, of, by, partial, held):
            behind = "" if held is None else f"|{shown(held)}"
            return f"{'∂' if partial else 'D'}[{shown(of)}:{','.join(map(shown, by))}{behind}]"
        case BigSum(_, _, term, letter, low, high, product):
            bounds = "" if low is None and high is None else f"={shown(low)}..{shown(high)}"
            return f"{'Π' if product else 'Σ'}[{letter}{bounds}]{shown(term)}"
        case Grid(_, _, rows, listed):
            return ("L" if listed else "M") + "⟦" + ";".join(",".join(map(shown, row)) for row in rows) + "⟧"
        case Turned(_, _, arg):
            return shown(arg) + "ᵀ"
        case Choice(_, _, branches):
            return "⟨" + "; ".join(shown(value) + " if " + shown(test) for value, test in branches) + "⟩"
        case Condition(_, _, left, sign, right):
            return shown(left) + sign + shown(right)
        case Bars(_, _, arg):
            return f"|{shown(arg)}|"
        case Norm(_, _, arg, kind):
            return f"‖{shown(arg)}‖{kind}"
        case Component(_, _, of, index):
            return f"{shown(of)}.{index}"
        case Opaque():
            return "?"
    raise AssertionError(node)


def said(formula: Formula) -> str:
    """Return all statements of a formula in that notation."""
    return "  ;  ".join(map(_statement, formula.statements))


def _statement(statement: Statement) -> str:
    text = shown(statement.sides[0])
    for relation, side in zip(statement.relations, statement.sides[1:], strict=True):
        text += f" {relation.sign} {shown(side)}"
    return text


# ── What is read as what ─────────────────────────────────────────────────────────────────────────────────────────

LATEX = {
    # names: words and subscripts as labels, layers, primes, updates, hats and bars
    r"out_{o1}": "out_o1",
    r"E_{total}": "E_total",
    r"net_{h_1}": "net_h1",
    r"\text{out}_{o1}": "out_o1",
    r"\mathrm{net}": "net",
    r"{\rm net}_1": "net_1",
    r"\operatorname{net}_1": "net_1",
    r"w^{(2)}_{11}": "w_11^{(2)}",
    r"w_{11}^{(2)}": "w_11^{(2)}",
    r"w_{1,2}": "w_{1,2}",
    r"W^{[1]}": "W^{[1]}",
    r"a^{(p,2)}": "a^{(p,2)}",
    r"w_5^{+}": "w_5^{+}",
    r"w_5^+": "w_5^{+}",
    r"w^{new}": "w^new",
    r"w'_5": "w'_5",
    r"w_5'": "w'_5",
    r"w_5^{\prime}": "w'_5",
    r"f^{(2),'}(z)": "f'^{(2)}<z>",
    r"\hat{y}_1": "y~hat_1",
    r"\hat y": "y~hat",
    r"\hat{y1}": "y~hat_1",
    r"\bar{x}^{(2)}": "x~bar^{(2)}",
    r"\dot{x}": "x~dot",
    r"\mathbf{x}": "x!",
    r"\vec{x}_1": "x_1!",
    r"\myvec{x}": "x!",
    r"\varepsilon": "epsilon",
    r"learning\_rate": "learning_rate",
    r"global{_}learning{_}rate": "global_{learning_rate}",
    # an index on the line
    r"w5": "w_5",
    r"net_o1": "net_o1",
    r"hidden1'": "hidden'_1",
    r"ao1": "ao_1",
    r"w1o": "w_1o",
    r"w1 x1 + w2x2": "([w_1 x_1]+[w_2 x_2])",
    r"w 5": "[w 5]",
    r"w0.5": "[w 0.5]",
    r"x_{1}2": "[x_1 2]",
    r"\pi2": "[pi 2]",
    # products, quotients, powers
    r"w x": "[w x]",
    r"wx": "[w x]",
    r"a \cdot b \times c * d \odot e": "[a·b×c*d⊙e]",
    r"a \cdot * b": "[a·b]",
    r"2(a + b)": "[2 (a+b)]",
    r"2 * -0.03": "[2*-0.03]",
    r"0.055 + -0.019": "(0.055+-0.019)",
    r"a - b + c": "(a+-b+c)",
    r"--a": "--a",
    r"a / b c": "[{a/b} c]",
    r"a b / c": "{[a b]/c}",
    r"\frac{1}{2}": "{1/2}",
    r"\frac12 x": "[{1/2} x]",
    r"\dfrac{a}{b}": "{a/b}",
    r"{a + b \over c}": "{(a+b)/c}",
    r"x^2": "x**2",
    r"x_1^2": "x_1**2",
    r"x^2_1": "x_1**2",
    r"x^{2 - 1}": "x**(2+-1)",
    r"(a - b)^2": "(a+-b)**2",
    r"2.5\times10^{-3}": "[2.5×10**-3]",
    r"2.5\cdot 10^-3": "[2.5·10**-3]",
    r"\sqrt{x}": "√x",
    r"\sqrt[2]{x}": "√x",
    r"50\%": "{50/100}",
    r"\left[a + b\right] c": "[(a+b) c]",
    r"\left\{a + b\right\} c": "[(a+b) c]",
    r"W^\top x": "[Wᵀ x]",
    r"W^{(2)T} x": "[W^{(2)}ᵀ x]",
    r"(W x)^{\mathsf T}": "[W x]ᵀ",
    r"\mathbf{1}^\top \delta": "[ones!ᵀ delta]".replace("!", ""),
    r"\mathbb{1}^T x": "[onesᵀ x]",
    # functions
    r"\exp(x)": "exp<x>",
    r"e^{-z}": "exp<-z>",
    r"e^(-z)": "exp<-z>",
    r"\log x": "log<x>",
    r"\ln 2x": "[ln<2> x]",
    r"\sin^2 x": "sin<x>**2",
    r"\sigma(z)": "sigma<z>",
    r"\sigma'(z)": "sigma'<z>",
    r"\sigma^{(1)}(z)": "sigma^{(1)}<z>",
    r"\max(0, z)": "max<0,z>",
    r"\max\{0, z\}": "max<0,z>",
    r"\mathrm{softmax}(z)_i": "softmax<z>.i",
    r"sigmoid(z)": "sigmoid<z>",
    r"\operatorname*{softmax}(z)": "softmax<z>",
    r"h_1 (1 - h_1)": "[h_1 (1+-h_1)]",
    r"h(x)": "h<x>",
    r"E(w, b)": "E<<w,b>>",
    r"(u + v)_i": "(u+v).i",
    r"(x^{(2)})_i": "x_i^{(2)}",
    r"|a - b|": "|(a+-b)|",
    r"\|a - b\|^2": "‖(a+-b)‖**2",
    r"||x||_2^2": "‖x‖2**2",
    r"||x||^2_2": "‖x‖2**2",
    r"\lVert x \rVert_F": "‖x‖F",
    # derivatives
    r"\frac{\partial E}{\partial w_5}": "∂[E:w_5]",
    r"\frac{\partial{E}}{\partial{w_5}}": "∂[E:w_5]",
    r"{\partial E \over \partial w}": "∂[E:w]",
    r"\frac{dL}{dw}": "D[L:w]",
    r"\frac{\mathrm{d}L}{\mathrm{d}w}": "D[L:w]",
    r"\frac{\mathop{}\!\mathrm{d} y}{\mathop{}\!\mathrm{d} x}": "D[y:x]",
    r"dL/dw": "D[L:w]",
    r"\partial E / \partial w_1": "∂[E:w_1]",
    r"\frac{\part E}{\partial w}": "∂[E:w]",
    r"\frac{\delta E}{\delta w}": "∂[E:w]",
    r"\frac{\delta_1}{\delta_2}": "{delta_1/delta_2}",
    r"\frac{\partial E}{\partial hidden1}": "∂[E:hidden_1]",
    r"\frac{\partial L}{\partial Y_{pred}}": "∂[L:Y_pred]",
    r"\frac{\partial}{\partial w}(w x)": "∂[[w x]:w]",
    r"\frac{\partial (w x)}{\partial w}": "∂[[w x]:w]",
    r"\frac{\partial^2 E}{\partial w_1 \partial w_2}": "∂[E:w_1,w_2]",
    r"\frac{\partial^2 E}{\partial w^2}": "∂[E:w,w]",
    r"\left.\frac{\partial E}{\partial w}\right|_{b}": "∂[E:w|b]",
    r"\nabla_w E": "∂[E:w]",
    r"\frac{da + db}{dx}": "{(da+db)/[d x]}",
    # sums, matrices, cases
    r"\sum_i w_i x_i": "Σ[i][w_i x_i]",
    r"\sum_{i=1}^{n} x_i + b": "(Σ[i=1..n]x_i+b)",
    r"\sum\limits_{i=1}^n -x_i": "Σ[i=1..n]-x_i",
    r"\sum x": "Σ[]x",
    r"\prod_{i=1}^3 x_i": "Π[i=1..3]x_i",
    r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}": "M⟦1,2;3,4⟧",
    r"\begin{pmatrix} a \\ b \end{pmatrix}^T": "M⟦a;b⟧ᵀ",
    r"\left[\begin{array}{cc} 1 & 2 \\ 3 & 4 \end{array}\right]": "M⟦1,2;3,4⟧",
    r"[0.05, 0.10]": "L⟦0.05,0.10⟧",
    r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}": "⟨x if x>0; 0 if …⟩",
    r"\begin{cases} x, & \text{if } x \geq 0 \\ 0, & \text{if } x < 0 \end{cases}": "⟨x if x≥0; 0 if x<0⟩",
    r"\begin{cases} a \text{ si } i = j \\ b \text{ sinon.} \end{cases}": "⟨a if i=j; b if …⟩",
    r"\begin{cases} 0, x < 0 \\ x (x > 0) \end{cases}": "⟨0 if x<0; x if x>0⟩",
    r"\left\{\begin{array}{rl} 1 & x > 0 \\ 0 & x \le 0 \end{array}\right.": "⟨1 if x>0; 0 if x≤0⟩",
    r"f = \left\{\begin{aligned} 0, \quad if\ x < 0 \\ x, \quad if\ x > 0 \end{aligned}\right.": (
        "f = ⟨0 if x<0; x if x>0⟩"
    ),
    r"\delta \cdot [z > 0]": "[delta·⟨1 if z>0; 0 if …⟩]",
    r"\mathbb{1}_{i=j} x": "[⟨1 if i=j; 0 if …⟩ x]",
    r"\mathbb{1}(x \geq y)": "⟨1 if x≥y; 0 if …⟩",
    r"\mathbb{1}(x >= y)": "⟨1 if x≥y; 0 if …⟩",
    # statements
    r"a = b = 3": "a = b = 3",
    r"a \approx 3": "a ≈ 3",
    r"a := 3": "a := 3",
    r"a \coloneqq 3": "a := 3",
    r"a \stackrel{\text{def}}{=} 3": "a := 3",
    r"a \overset{!}{=} 0": "a ∼ 0",
    r"w \leftarrow w - 1": "w ← (w+-1)",
    r"x \xrightarrow{f} y": "x → y",
    r"\therefore a = b": "a = b",
    r"a = 1, b = 2": "a = 1  ;  b = 2",
    r"a = 1 \quad b = 2": "a = 1  ;  b = 2",
    r"a = 1 \hspace{0.5in} b = 2": "a = 1  ;  b = 2",
    r"a = c \hspace{1mm} b": "a = [c b]",
    r"a = 1 \text{ and } b = 2": "a = 1  ;  b = 2",
    r"\text{Cost function, } C = 3": "C = 3",
    r"a = 1 \\ b = 2": "a = 1  ;  b = 2",
    r"a = 1 \\\\ b = 2": "a = 1  ;  b = 2",
    r"a = 1 \\ \\ b = 2": "a = 1  ;  b = 2",
    r"a = 1 \\[3pt] b = 2": "a = 1  ;  b = 2",
    "a = 0.1\nb = 0.2": "a = 0.1  ;  b = 0.2",
    r"\begin{aligned} a &= b \\ &= c \\ &\approx 3 \end{aligned}": "a = b  ;  … = c  ;  … ≈ 3",
    r"\begin{align} a &= 1 & b &= 2 \end{align}": "a = 1  ;  b = 2",
    r"\begin{align} a &= x & b &= y \\ c &= 1 & d &= 2 \end{align}": "a = x  ;  b = y  ;  c = 1  ;  d = 2",
    r"\begin{align} a &= b &= 3 \end{align}": "a = b = 3",
    r"\begin{split} a = b \\ + c \end{split}": "a = (b+c)",
    r"\begin{aligned} a = b \cdot \\ c \cdot d \end{aligned}": "a = [b·c·d]",
    r"\begin{align} a &= b &- (16) \end{align}": "a = b",
    r"\begin{align} a &= b & from (9) and (10) \end{align}": "a = b",
    r"\begin{array}{l} a = 1 \\ b = 2 \end{array}": "a = 1  ;  b = 2",
    r"\begin{array}{rcl} a &=& 1 \\ b &=& 2 \end{array}": "a = 1  ;  b = 2",
    r"\begin{cases} a = 1 \\ b = 2 \end{cases}": "a = 1  ;  b = 2",
    r"\begin{cases}\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}\end{cases}": "a = 1  ;  b = 2",
    r"\left\{\begin{array}{l} a = 1 \\ b = 2 \end{array}\right.": "a = 1  ;  b = 2",
    r"\mathbf{a = b \cdot 2}": "a = [b·2]",
    r"\boxed{a = 2}.": "a = 2",
    r"[a = 0.05, b = 0.10]": "a = 0.05  ;  b = 0.10",
    # what says nothing
    r"a = 1 \tag{1} \label{eq:a}": "a = 1",
    r"\require{cancel} a\, =\; 1 \vphantom{x}": "a = 1",
    r"\color{red}{a} = \textcolor{blue}{2}": "a = 2",
    r"\underbrace{a + b}_{\text{sum}} c": "[(a+b) c]",
    r"\underbrace{a}*{\text{sum}} \times c": "[a×c]",
    r"\sum*{i=1}^{3} x_i": "Σ[i=1..3]x_i",
    r"f!\left(x\right)": "f<x>",
    r"0.5 \quad (\text{from step 3})": "0.5",
    "a = 1 % = 2": "a = 1",
    # other writings
    r"误差 = 0.298": "误差 = 0.298",
    r"其中 a = 2": "a = 2",
    r"误差_1 + 2": "(误差_1+2)",
    r"가중합_{3} = 2": "가중합_3 = 2",
    "𝑤₅ = 2": "w_5 = 2",
    "a\u200b = 1": "a = 1",
    "\U0001d7c3E/\U0001d7c3w": "∂[E:w]",
}  # fmt: skip

PLAIN = {
    "w₁ = 0.15": "w_1 = 0.15",
    "w5 = 0.4": "w_5 = 0.4",
    "net_h1 = 0.15 × 0.05 + 0.2*0.1": "net_h1 = ([0.15×0.05]+[0.2*0.1])",
    "E_total = 1/2 (t − o)²": "E_total = [{1/2} (t+-o)**2]",
    "½(t − o)^2": "[{1/2} (t+-o)**2]",
    "∂E/∂w₅ = δ₁ · h₁": "∂[E:w_5] = [delta_1·h_1]",
    "dE/dw5 = 3": "D[E:w_5] = 3",
    "δE/δw5": "∂[E:w_5]",
    "δ(a*b)/δw5": "∂[[a*b]:w_5]",
    "∂E_total/∂net_o1": "∂[E_total:net_o1]",
    "σ’(x)": "sigma'<x>",
    "σ'(z_1)": "sigma'<z_1>",
    "w5+ = w5 − 0.5·0.08": "w_5^{+} = (w_5+-[0.5·0.08])",
    "0.5 x 0.1": "[0.5×0.1]",
    "x * 0.1": "[x*0.1]",
    "wx + b": "([w x]+b)",
    "W₂ᵀδ": "[W_2ᵀ delta]",
    "W[1,2] = 3": "W_{1,2} = 3",
    "ŷ = 3": "y~hat = 3",
    "x**2": "x**2",
    "10⁻³": "10**-3",
    "1e-3": "1e-3",
    "1/(1+e^(-z))": "{1/(1+exp<-z>)}",
    "1/(1+exp(-z))": "{1/(1+exp<-z>)}",
    "e^-x": "exp<-x>",
    "√2": "√2",
    "sqrt(2)": "sqrt<2>",
    "softmax(z)_i": "softmax<z>.i",
    "max(0, z)": "max<0,z>",
    "a := 3": "a := 3",
    "a <- a - 1": "a ← (a+-1)",
    "a -> b": "a → b",
    "a >= 3": "a ≥ 3",
    "a ≈ 3": "a ≈ 3",
    "a ~= 3": "a ≈ 3",
    "a = 1, b = 2; c = 3": "a = 1  ;  b = 2  ;  c = 3",
    "a = 1 => b = 2": "a = 1  ;  b = 2",
    "net input = 3": "net input = 3",
    "[0.05, 0.10]": "L⟦0.05,0.10⟧",
    "[[1, 2], [3, 4]]": "M⟦1,2;3,4⟧",
    "sum_i w_i x_i": "Σ[i][w_i x_i]",
    "∑ᵢ wᵢ xᵢ": "Σ[i][w_i x_i]",
    "0.291027924。": "0.291027924",
    "误差：a = 0.5": "误差  ;  a = 0.5",
    "5 %": "{5/100}",
    "0.6225 (from step 2)": "0.6225",
    "a = b  (12)": "a = b",
    "−0.1 + −0.2": "(-0.1+-0.2)",
    "0.4−0.5×0.08": "(0.4+-[0.5×0.08])",
    "（a + b）× 2": "[(a+b)×2]",
}  # fmt: skip

FORMULAS = [*((text, False) for text in LATEX), *((text, True) for text in PLAIN)]


@pytest.mark.parametrize(("text", "expected"), LATEX.items())
def test_latex_is_read(text: str, expected: str) -> None:
    formula = read(text)
    assert said(formula) == expected
    assert not formula.doubts


@pytest.mark.parametrize(("text", "expected"), PLAIN.items())
def test_plain_text_is_read(text: str, expected: str) -> None:
    formula = read(text, plain=True)
    assert said(formula) == expected
    assert not formula.doubts


def test_names_of_the_document_are_words() -> None:
    assert said(read("lossy = 2 ab")) == "lossy = [2 a b]"
    assert said(read("2 ab", words=frozenset(("ab",)))) == "[2 ab]"


def test_macros_of_the_document_stand_where_they_were_written() -> None:
    text = r"a = \half{w} + \g"
    formula = read(text, macros={"half": (1, r"\frac{#1}{2}"), "g": (0, r"\sigma(z)")})
    assert said(formula) == "a = ({w/2}+sigma<z>)"
    total = formula.statements[0].sides[1]
    assert isinstance(total, Plus)
    quotient, function = total.terms
    assert text[quotient.start : quotient.end] == r"\half{w}"
    assert text[function.start : function.end] == r"\g"


def test_names_of_several_letters_are_mentioned() -> None:
    assert mentioned(read(r"E_{total} = out_{o1} + \sigma(net) a")) == {"out", "net"}


# ── Where things stand ───────────────────────────────────────────────────────────────────────────────────────────

PLACES = {
    r"a = \frac{b}{2} + c_1": ["a", r"\frac{b}{2} + c_1", r"\frac{b}{2}", "b", "2", "c_1"],
    r"\partial E = 2": [r"\partial E", "2"],
    r"\frac{\partial E_{1}}{\partial w}": [r"\frac{\partial E_{1}}{\partial w}", "E_{1}", "w"],
    r"2 \left(a - b\right)^{2}": [
        r"2 \left(a - b\right)^{2}", "2", r"(a - b\right)^{2}", r"(a - b\right)", "a", "- b", "b", "2",
    ],
    r"\sigma(z_{1})": [r"\sigma(z_{1})", "z_{1}"],
    r"10{,}000 x": ["10{,}000 x", "10{,}000", "x"],
    r"\mathbf{w}_{2}^\top x": [r"\mathbf{w}_{2}^\top x", r"\mathbf{w}_{2}^\top", r"\mathbf{w}_{2}", "x"],
    r"\begin{bmatrix} 1 & b \end{bmatrix}": [r"\begin{bmatrix} 1 & b \end{bmatrix}", "1", "b"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PLACES.items())
def test_every_node_knows_its_place(text: str, expected: list[str]) -> None:
    found = [node for statement in read(text).statements for side in statement.sides if side for node in walk(side)]
    assert [text[node.start : node.end] for node in found] == expected


OTHERWISE_SAID = (
    "½", "%", r"\partial^2", r"{1}^", r"\sqrt[2]", "[z >", r"\mathbb{1}", "(16)", "(9)", "(12)", "step", r"\tag",
    "[3pt]", r"\hspace",
)  # fmt: skip
"""Where a digit of the text is no digit of the tree: ½ is 1/2, ∂² is two names, (16) is the number of an equation."""


@pytest.mark.parametrize(("text", "typed"), FORMULAS)
def test_nodes_stand_within_each_other(text: str, typed: bool) -> None:
    formula = read(text, plain=typed)
    for statement in formula.statements:
        assert 0 <= statement.start < statement.end <= len(text)
        for relation in statement.relations:
            assert statement.start <= relation.start < relation.end <= statement.end
        for node in (each for side in statement.sides if side for each in walk(side)):
            assert statement.start <= node.start < node.end <= statement.end
            assert all(node.start <= part.start and part.end <= node.end for part in parts(node))
            written = text[node.start : node.end]
            if isinstance(node, Number) and written.isascii() and not any(part in text for part in OTHERWISE_SAID):
                assert node.text == "".join(c for c in written if c in "0123456789.e-")


@pytest.mark.parametrize(
    ("text", "typed"), [each for each in FORMULAS if not any(part in each[0] for part in OTHERWISE_SAID)]
)
def test_no_number_is_lost(text: str, typed: bool) -> None:
    """Every digit that is written is in the tree, as often as it is written."""
    tokens = plain(text) if typed else latex(text)
    digits = [c for token in tokens if token.kind in ("number", "text") for c in token.text if c.isdigit()]
    assert sorted(digits) == sorted(c for c in said(read(text, plain=typed)) if c in "0123456789")


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

NUMBERS = [
    ("0.751365070", "0.751365070", 9, 9),
    (".5", ".5", 1, 1),
    ("3", "3", 0, 1),
    ("0.10", "0.10", 2, 2),
    ("10,000", "10000", 0, 5),
    ("1,234,567.25", "1234567.25", 2, 9),
    (r"10{,}000", "10000", 0, 5),
    (r"1\,000\,000", "1000000", 0, 7),
    (r"0.123\,456\,789", "0.123456789", 9, 9),
]


@pytest.mark.parametrize(("text", "kept", "decimals", "digits"), NUMBERS)
def test_numbers_keep_what_is_printed(text: str, kept: str, decimals: int, digits: int) -> None:
    number = read(text).statements[0].sides[0]
    assert isinstance(number, Number)
    assert (number.text, number.decimals, number.digits) == (kept, decimals, digits)
    assert number.value == Fraction(Decimal(kept))
    assert (number.start, number.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0,5", "0.5"), ("0{,}5", "0.5"), ("1.000,25", "1000.25"), ("3", "3"), ("0,125 + 1", "(0.125+1)")],
)
def test_decimal_commas_when_told(text: str, expected: str) -> None:
    assert said(read(text, comma=True)) == expected
    assert said(read(text, plain=True, comma=True)) == expected if "{" not in text else True


@pytest.mark.parametrize("text", ["0,123", "0.1, 0.234", "1,23", "a,123"])
def test_a_comma_that_marks_no_thousands_parts(text: str) -> None:
    assert len(read(text).statements) == 2


# ── What is not understood ───────────────────────────────────────────────────────────────────────────────────────

DOUBTS = {
    r"a = \unknown b": (r"\unknown b", "a macro that is not known"),
    r"w_1 + \dots + w_n": (r"w_1 + \dots + w_n", "something is left out"),
    "w_1 + ... + w_n": ("w_1 + ... + w_n", "something is left out"),
    r"\frac{E}{\partial w} = 2": (r"\frac{E}{\partial w}", "∂ on one side of a fraction only"),
    r"\frac{\partial E}{w} = 2": (r"\frac{\partial E}{w}", "∂ on one side of a fraction only"),
    r"\partial net = 2": (r"\partial net", "∂ without a quotient"),
    r"E/\delta w": (r"E/\delta w", "δ on one side of a fraction only"),
    r"\frac{\partial^3 E}{\partial w^3}": (r"\frac{\partial^3 E}{\partial w^3}", "a derivative of a higher order"),
    r"\frac{d}{dx}": (r"\frac{d}{dx}", "a derivative of nothing"),
    r"\nabla E": (r"\nabla E", "a gradient by what is not said"),
    r"\frac12 (t - o)2": (r"\frac12 (t - o)2", "a number right behind a bracket"),
    r"\sigma^{-1}(y)": (r"\sigma^{-1}(y)", "a function with an exponent"),
    r"\sin^{-1} x": (r"\sin^{-1} x", "the inverse of a function"),
    r"\log_2 x": (r"\log_2 x", "a logarithm to another base"),
    r"\mathbb{1}_{A}": (r"\mathbb{1}_{A}", "ones, or an indicator"),
    r"[1,234]": ("[1,234]", "a list, or a number with a comma"),
    r"\{a, b\}": (r"\{a, b\}", "a set"),
    r"(W)'": ("(W)'", "a prime that is a transpose"),
    r"n!": ("n!", "a factorial"),
    r"a \pm b": (r"a \pm b", "a sign that is none or two"),
    r"\sqrt[3]{x}": (r"\sqrt[3]{x}", "a root of another order"),
    r"\lim_{h \to 0} h": (r"\lim_{h \to 0} h", "a limit"),
    r"\sum_i": (r"\sum_i", "a sum of nothing"),
    r"a +": ("a +", "something is missing"),
    r"(a + b": ("(a + b", "( is never closed"),
    r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}": (
        r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", "a matrix whose rows are not alike",
    ),
    r"\begin{vmatrix} a \end{vmatrix}": (r"\begin{vmatrix} a \end{vmatrix}", "a determinant"),
    r"\binom{n}{k}": (r"\binom{n}{k}", "not a formula of a network"),
    r"\frac{\partial E}{\partial w}\bigg|_{w=1}": (r"\frac{\partial E}{\partial w}\bigg|_{w=1}", "not expected here"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "doubt"), DOUBTS.items())
def test_doubts_say_where_and_why(text: str, doubt: tuple[str, str]) -> None:
    formula = read(text)
    assert [text[start:end] for start, end, _ in formula.doubts] == [doubt[0]]
    assert formula.doubts[0][2].startswith(doubt[1])


def test_what_is_understood_besides_a_doubt_is_kept() -> None:
    formula = read(r"a = \unknown = 3, b = 2")
    assert said(formula) == "a = ? = 3  ;  b = 2"
    assert len(formula.doubts) == 1


def test_a_formula_of_nobody_s_length_is_not_read() -> None:
    text = "a + " * 20_000
    assert read(text) == Formula((), ((0, len(text), "a formula of this length is not read"),))


# ── Random formulas ──────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.builds(
    Name, st.just(0), st.just(0),
    st.sampled_from(("w", "x", "net", "out", "delta", "b")),
    st.sampled_from(("", "1", "o1", "ij", "1,2")),
    st.sampled_from(("", "(2)", "[1]", "+")),
    st.sampled_from(("", "hat", "bar")),
)  # fmt: skip
PLAIN_NAMES = st.builds(Name, st.just(0), st.just(0), st.sampled_from(("w", "E", "net")), st.sampled_from(("", "1")))
VALUES = st.builds(Number, st.just(0), st.just(0), st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,6})?", fullmatch=True))


def _grown(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    zero = st.just(0)
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    signs = st.sampled_from(("·", "×", "⊙", "*"))
    grids = st.integers(1, 2).flatmap(
        lambda width: st.lists(st.tuples(*[below] * width), min_size=1, max_size=2).map(tuple)
    )
    return st.one_of(
        st.builds(Plus, zero, zero, several),
        st.builds(Minus, zero, zero, below),
        st.builds(lambda fs, m: Times(0, 0, fs, (m,) * (len(fs) - 1)), several, signs),
        st.builds(Over, zero, zero, below, below),
        st.builds(Power, zero, zero, below, st.sampled_from((Number(0, 0, "2"), Number(0, 0, "3")))),
        st.builds(lambda f, a: Apply(0, 0, Name(0, 0, f), (a,)), st.sampled_from(("exp", "sigma", "tanh")), below),
        st.builds(Root, zero, zero, below),
        st.builds(lambda of, by: Derivative(0, 0, of, (by,)), PLAIN_NAMES, PLAIN_NAMES),
        st.builds(lambda term: BigSum(0, 0, term, "i", Number(0, 0, "1"), Number(0, 0, "3")), below),
        st.builds(Grid, zero, zero, grids),
        st.builds(Turned, zero, zero, below),
        st.builds(Bars, zero, zero, below.filter(lambda node: not any(isinstance(n, Bars) for n in walk(node)))),
    )


TREES = st.recursive(NAMES | VALUES, _grown, max_leaves=12).filter(lambda tree: depth(tree) <= 8)
SIGNS = {"·": r"\cdot", "×": r"\times", "⊙": r"\odot", "*": "*"}


def written(node: Node) -> str:
    """Return a tree as LaTeX, with brackets around all that is not one thing."""
    match node:
        case Number(_, _, text):
            return text
        case Name(_, _, base, sub, sup, accent, _, _):
            letters = rf"\{base}" if base == "delta" else base if len(base) == 1 else rf"\mathrm{{{base}}}"
            letters = rf"\{accent}{{{letters}}}" if accent else letters
            return letters + (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")
        case Plus(_, _, terms):
            return " + ".join(map(_one, terms))
        case Minus(_, _, arg):
            return "-" + _one(arg)
        case Times(_, _, factors, marks):
            return f" {SIGNS[marks[0]]} ".join(map(_one, factors))
        case Over(_, _, above, below):
            return rf"\frac{{{written(above)}}}{{{written(below)}}}"
        case Power(_, _, base, exponent, _):
            return rf"\left({written(base)}\right)^{{{written(exponent)}}}"
        case Apply(_, _, function, (arg,), _):
            return rf"\{function.base}\left({written(arg)}\right)"
        case Root(_, _, arg):
            return rf"\sqrt{{{written(arg)}}}"
        case Derivative(_, _, of, (by,), _, _):
            return rf"\frac{{\partial {written(of)}}}{{\partial {written(by)}}}"
        case BigSum(_, _, term, letter, Number(_, _, low), Number(_, _, high), _):
            return rf"\sum_{{{letter}={low}}}^{{{high}}} {_one(term)}"
        case Grid(_, _, rows, _):
            return r"\begin{bmatrix}" + r" \\ ".join(" & ".join(map(written, row)) for row in rows) + r"\end{bmatrix}"
        case Turned(_, _, arg):
            return rf"\left({written(arg)}\right)^\top"
        case Bars(_, _, arg):
            return f"|{written(arg)}|"
    raise AssertionError(node)


def _one(node: Node) -> str:
    return written(node) if isinstance(node, Number | Name | Over | Root | Grid) else rf"\left({written(node)}\right)"


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_a_written_tree_is_read_back(tree: Node) -> None:
    formula = read(written(tree))
    assert said(formula) == shown(tree)
    assert not formula.doubts


PIECES = (
    "a", "w_1", "net", r"\sigma", "0.5", "12", "1,234", "+", "-", "*", "/", "=", r"\approx", r"\cdot", "(", ")",
    "[", "]", "{", "}", "^", "_", "'", "|", ",", ".", "&", r"\\", r"\frac", r"\sqrt", r"\partial", r"\sum",
    r"\hat", r"\exp", r"\log", r"\left", r"\right", r"\{", r"\}", r"\over", r"\nabla", r"\|", "d", "e", "E",
    "%", "!", "~", "$", " ", "\n", "中", r"\begin{cases}", r"\end{cases}", r"\begin{bmatrix}", r"\end{bmatrix}",
    r"\begin{aligned}", r"\end{aligned}", r"\begin{array}{l}", r"\end{array}", r"\mathbf", r"\quad",
    r"\unknown", "...", "½", "₁", "²", "∂", "\u200b", "\u202e",
)  # fmt: skip
SILENT = (
    r"\text", r"\underbrace", r"\stackrel", r"\color", r"\textcolor", r"\label",
    r"\tag", r"\xrightarrow", r"\boxed",
)  # fmt: skip
SEEN = [piece for piece in PIECES if piece not in ("%", r"\begin{array}{l}")]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from((*PIECES, *SILENT)), max_size=40).map(" ".join), st.booleans())
def test_garbage_is_never_too_much(text: str, typed: bool) -> None:
    formula = read(text, plain=typed)
    for start, end, why in formula.doubts:
        assert 0 <= start < end <= len(text)
        assert why
    for statement in formula.statements:
        for side in statement.sides:
            assert side is None or depth(side) <= 100


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_no_text_is_too_much(text: str, typed: bool, comma: bool) -> None:
    assert isinstance(read(text, plain=typed, comma=comma), Formula)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(SEEN), max_size=30).map(" ".join))
def test_nothing_of_garbage_is_dropped(text: str) -> None:
    """Every letter and every number stands in a side, understood or not."""
    sides = [
        (side.start, side.end) for statement in read(text).statements for side in statement.sides if side is not None
    ]
    for token in latex(text):
        if token.kind in ("letter", "number", "word"):
            assert any(start <= token.start and token.end <= end for start, end in sides), token


# ── Hostile formulas ─────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "braces": "{" * 19_000 + "x" + "}" * 19_000,
    "open braces": "{" * 40_000,
    "closed braces": "}" * 40_000,
    "brackets": "(" * 10_000 + "x" + ")" * 10_000,
    "fractions": r"\frac{" * 3_000 + "x" + "}{2}" * 3_000,
    "scripts": "x^{" * 5_000 + "2" + "}" * 5_000,
    "primes": "(a)" + "'" * 10_000,
    "exponents": "x" + "^2" * 3_900,
    "quotients": "a" + "/b" * 5_900,
    "signs": "-" * 10_000 + "a",
    "functions": r"\sin" * 3_000 + "x",
    "powers of functions": r"\sin" + "^2" * 3_000 + " x",
    "sums": r"\sum_i" * 3_000 + "x",
    "environments": r"\begin{cases}" * 2_000 + "x" + r"\end{cases}" * 2_000,
    "matrices": r"\begin{bmatrix}" * 2_000,
    "texts": r"}\text{a" * 4_000,
    "spaces": "a" + " " * 39_000 + "(1)",
    "digits": "1" * 40_000,
    "index": "w" + "1" * 39_000,
    "letters": "a" * 12_000,
    "tower": "9^{9^{9}}",
    "decorated": r"\stackrel{" * 3_900,
    "bytes": bytes(range(256)).decode("latin1") * 100,
}


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_formulas_end(text: str, typed: bool) -> None:
    formula = read(text, plain=typed)
    assert all(side is None or depth(side) <= 100 for statement in formula.statements for side in statement.sides)
    assert formula.statements or formula.doubts


def test_more_than_any_formula_has_is_not_read() -> None:
    assert read("{" * 100_000 + "}" * 100_000).doubts[0][2] == "a formula of this length is not read"


LOOPS = [
    {"a": (0, r"\a \a")},
    {"a": (0, r"\b"), "b": (0, r"\a")},
    {"a": (9, r"#1#1\a#1")},
    {"a": (1, r"{\a{#1#1}}")},
    {"a": (0, "x" * 50_000)},
    {"a": (2, "#9#0#")},
]


@pytest.mark.parametrize("macros", LOOPS, ids=str)
@pytest.mark.parametrize("text", [r"\a", r"\a{\a{x}}", r"\a" * 5_000, r"\a{" * 3_000])
def test_macros_that_go_round_in_circles_end(macros: dict[str, tuple[int, str]], text: str) -> None:
    assert isinstance(read(text, macros=macros), Formula)


WORK = {
    "terms": lambda n: " + ".join(["w_1 x_1"] * n),
    "quotients": lambda n: "a" + "/b" * n,
    "fractions": lambda n: r"\frac{1}{2} " * n,
    "lines": lambda n: r"a &= b \\ " * n,
    "cells": lambda n: r"\begin{bmatrix}" + "1 & " * n + r"1\end{bmatrix}",
    "losses": lambda n: "E(" * (n // 10) + "x + 1" + ")" * (n // 10),
    "functions": lambda n: "h(" * (n // 10) + "1" + ")" * (n // 10),
}


@pytest.mark.parametrize("make", WORK.values(), ids=WORK.keys())
def test_work_grows_with_length(make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula of twice the length takes about twice as many looks at its tokens."""
    assert callable(make)
    looks = 0
    peek = Cursor.peek

    def counted(self: Cursor, ahead: int = 0) -> object:
        nonlocal looks
        looks += 1
        return peek(self, ahead)

    monkeypatch.setattr(Cursor, "peek", counted)
    counts = []
    for size in (100, 200):
        looks = 0
        read(make(size))
        counts.append(looks)
    assert counts[1] < 3 * counts[0] + 100


def test_the_relations_are_those_of_the_tree() -> None:
    assert {RELATIONS[sign] for sign in ("=", "approx", ":=", "leftarrow")} == {"=", "≈", ":=", "←"}
