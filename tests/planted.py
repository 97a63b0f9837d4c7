"""Errors planted into the documents of tests/derivations, one at a time: where, and what explains it.

Every edit makes one statement wrong and leaves the rest of the document right, also what is computed from it. A line is
that of the edit; where a formula goes on over several lines, its claim may begin or end on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from derive.errata.findings import Cause

DOCUMENTS = Path(__file__).parent / "derivations"


@dataclass(frozen=True)
class Planted:
    """An error: in `document`, the `occurrence`th (from 1) of `find` becomes `replace`.

    cause: what may be given as its cause, the expected one first.  note: what is wrong, in words.
    """

    document: str
    note: str
    find: str
    replace: str
    cause: tuple[Cause, ...]
    occurrence: int = 1

    @property
    def named(self) -> bool:
        """Whether a cause is expected that names the mistake."""
        return self.cause[0] is not Cause.UNEXPLAINED

    @property
    def line(self) -> int:
        """The line of the error in the file, from 1."""
        return planted_text(self)[1]


def clean_text(document: str) -> str:
    """Return the text of a document without errors."""
    return (DOCUMENTS / document).read_text("utf-8")


def planted_text(planted: Planted) -> tuple[str, int]:
    """Return the document's text with the error in it, and the line of the first character that differs, from 1.

    Raises ValueError where the document does not have so many occurrences.
    """
    text = clean_text(planted.document)
    at = -1
    for _ in range(planted.occurrence):
        at = text.find(planted.find, at + 1)
        if at < 0:
            raise ValueError(f"{planted.document} has no {planted.find!r} number {planted.occurrence}")
    pairs = enumerate(zip(planted.find, planted.replace, strict=False))
    first = at + next((n for n, (old, new) in pairs if old != new), min(len(planted.find), len(planted.replace)))
    changed = text[:at] + planted.replace + text[at + len(planted.find) :]
    return changed, text.count("\n", 0, first) + 1


@dataclass(frozen=True)
class _Row:
    note: str
    find: str
    replace: str
    cause: tuple[Cause, ...]
    occurrence: int = 1


def _row(note: str, find: str, replace: str, *cause: Cause, n: int = 1) -> _Row:
    return _Row(note, find, replace, cause, n)


C = Cause

# What else a cause may fairly be called is said row by row: an index slip that puts one weight for another is also a
# number put in for another; the value of a neighbour usually stands elsewhere in the document, too.
# fmt: off
_ROWS: dict[str, tuple[_Row, ...]] = {
    "mazur_en.md": (
        _row("w7 is given the value of w8", "$w_7 = 0.50$", "$w_7 = 0.55$", C.NEIGHBOUR, C.DIGIT, C.EARLIER,
             C.INSERTED),
        _row("digits of out_h1 swapped", "e^{-0.3775}} = 0.593269992", "e^{-0.3775}} = 0.593296992", C.SWAPPED),
        _row("no minus in the exponent", r"$$out_{h1} = \frac{1}{1 + e^{-net_{h1}}}",
             r"$$out_{h1} = \frac{1}{1 + e^{net_{h1}}}", C.EXPONENT),
        _row("out_h2 for out_h1", "net_{o1} &= w_5 * out_{h1}", "net_{o1} &= w_5 * out_{h2}", C.INDEX),
        _row("b2 in the hidden layer", "w_4 * i_2 + b_1 * 1", "w_4 * i_2 + b_2 * 1", C.BIAS, C.INDEX),
        _row("b1 in the output layer, in numbers", "0.45 * 0.596884378 + 0.6 * 1", "0.45 * 0.596884378 + 0.35 * 1",
             C.BIAS, C.INSERTED),
        _row("target of o2 in the error of o1", "(0.01 - 0.751365070)^2", "(0.99 - 0.751365070)^2", C.TARGET,
             C.INSERTED),
        _row("a digit of the total error dropped", "0.023560026 = 0.298371109", "0.023560026 = 0.29837109", C.DROPPED),
        _row("net_o2 in the chain of o1", r"* \frac{\partial net_{o1}}{\partial w_5}$$",
             r"* \frac{\partial net_{o2}}{\partial w_5}$$", C.CHAIN, C.INDEX),
        _row("a factor 2 in the loss's derivative", r"2 * \frac{1}{2}(target_{o1}", "2 * (target_{o1}", C.CONSTANT,
             C.FACTOR_MISSING),
        _row("sign of the loss's derivative", "= -(target_{o1} - out_{o1}) = -(0.01",
             "= (target_{o1} - out_{o1}) = -(0.01", C.SIGN),
        _row("slope taken at the net input", "= out_{o1}(1 - out_{o1}) = 0.75", "= net_{o1}(1 - net_{o1}) = 0.75",
             C.SLOPE_OF, C.INSERTED),
        _row("product of factors with four digits", "0.741365070 * 0.186815602 * 0.593269992 = 0.082167041",
             "0.7414 * 0.1868 * 0.5933 = 0.082168", C.EARLY),
        _row("plus in the update", r"w_5^{+} = w_5 - \eta", r"w_5^{+} = w_5 + \eta", C.SIGN, C.OPERATION),
        _row("the path through o2 is missing", r" + \frac{\partial E_{o2}}{\partial out_{h1}}$$", "$$", C.TERM_MISSING),
        _row("w4 has the derivative of w3", r"\partial w_4} = 0.000995425", r"\partial w_4} = 0.000497713", C.NEIGHBOUR,
             C.EARLIER),
        _row("error after one step of another training", "it is 0.291027774", "it is 0.291027924", C.MISTAKE),
        _row("error after 10,000 steps of another training", "0.000035102", "0.000035085", C.MISTAKE),
        _row("output after 10,000 steps of another training", "0.015913620", "0.015912196", C.MISTAKE),
    ),
    "mazur_zh.md": (
        _row("decimal point of net_h1 moved", "&= 0.3775 ", "&= 3.775 ", C.POINT),
        _row("i1 for i2", r"w_2 \times i_2 + b_1", r"w_2 \times i_1 + b_1", C.INDEX),
        _row("w5 and w6 swapped", r"w_5 \times \text{out}_{h1} + w_6 \times",
             r"w_6 \times \text{out}_{h1} + w_5 \times", C.SWAP, C.INDEX),
        _row("values of w7 and w8 swapped", r"0.50 \times 0.593269992 + 0.55 \times",
             r"0.55 \times 0.593269992 + 0.50 \times", C.SWAP, C.INSERTED),
        _row("out_o1 truncated", "e^{-1.105905967}} = 0.751365070", "e^{-1.105905967}} = 0.751365069", C.TRUNCATED),
        _row("no minus in the exponent, in numbers", "e^{-1.224921404}", "e^{1.224921404}", C.EXPONENT, C.SIGN),
        _row("no ½ in E_o2", r"E_{o2} &= \frac{1}{2}(\text", r"E_{o2} &= (\text", C.CONSTANT, C.FACTOR_MISSING),
        _row("third power", "(0.01 - 0.751365070)^2", "(0.01 - 0.751365070)^3", C.POWER),
        _row("out_h1 in the chain of o1", r"\cdot \frac{\partial \text{out}_{o1}}{\partial \text{net}_{o1}} \cdot",
             r"\cdot \frac{\partial \text{out}_{h1}}{\partial \text{net}_{o1}} \cdot", C.CHAIN, C.INDEX),
        _row("the weight in its own derivative", r"{\partial w_5} &= \text{out}_{h1}",
             r"{\partial w_5} &= w_5 \times \text{out}_{h1}", C.FACTOR_EXTRA),
        _row("no slope in the error signal", r" \cdot \text{out}_{o1}(1 - \text{out}_{o1}) = 0.138498562",
             " = 0.138498562", C.SLOPE_MISSING, C.FACTOR_MISSING),
        _row("learning rate forgotten, in numbers", r"0.40 - 0.5 \times 0.082167041", "0.40 - 0.082167041",
             C.FACTOR_MISSING, C.CONSTANT),
        _row("w7 moved the wrong way", "0.511301270", "0.488698730", C.SIGN, C.OPERATION, C.MISTAKE),
        _row("updated w5 used", r"0.138498562 \times 0.40 = 0.055399425",
             r"0.138498562 \times 0.358916480 = 0.049709416", C.MISTAKE, C.INSERTED, C.EARLIER),
        _row("sign of the second path, in numbers", "0.055399425 + (-0.019049118)", "0.055399425 + (0.019049118)",
             C.SIGN),
        _row("one path given for the sum", r"= 0.036350306 \\", r"= 0.055399425 \\", C.TERM_MISSING, C.NEIGHBOUR,
             C.EARLIER),
        _row("a digit of δ_h2 wrong", "0.009954255", "0.009954855", C.DIGIT),
        _row("error after one step of another training", "降到 0.291027774", "降到 0.291027924", C.MISTAKE),
        _row("error after 10,000 steps of another training", "总误差为 0.000035102", "总误差为 0.000035085", C.MISTAKE),
        _row("output after 10,000 steps of another training", "0.984064274", "0.984065734", C.MISTAKE),
    ),
    "mazur_katex_en.html": (
        _row("no minus in the exponent", r"\frac{1}{1 + e^{-\mathrm{net}_{h_1}}}",
             r"\frac{1}{1 + e^{\mathrm{net}_{h_1}}}", C.EXPONENT),
        _row("w5 for w7", r"w_7 \mathrm{out}_{h_1}", r"w_5 \mathrm{out}_{h_1}", C.INDEX),
        _row("target of o1 in the error of o2", r"\tfrac{1}{2} (\mathrm{target}_{o_2}",
             r"\tfrac{1}{2} (\mathrm{target}_{o_1}", C.TARGET, C.INDEX),
        _row("digits of the total error swapped", "E_{o_1} + E_{o_2} = 0.29837111", "E_{o_1} + E_{o_2} = 0.29387111",
             C.SWAPPED),
        _row("net_h1 in the chain of o1", r"\frac{\partial \mathrm{out}_{o_1}}{\partial \mathrm{net}_{o_1}}",
             r"\frac{\partial \mathrm{out}_{o_1}}{\partial \mathrm{net}_{h_1}}", C.CHAIN, C.INDEX, n=1),
        _row("a digit of w7 doubled", "w_7^{+} = 0.51130127", "w_7^{+} = 0.511130127", C.DOUBLED),
        _row("w7 for w5", r"\delta_{o_1} w_5", r"\delta_{o_1} w_7", C.INDEX),
        _row("sign of δ_o2 lost", r"\delta_{o_2} = -0.03809824", r"\delta_{o_2} = 0.03809824", C.SIGN),
        _row("slope taken at the net input", r">\mathrm{out}_{h_1} (1 - \mathrm{out}_{h_1}) = 0.24130071",
             r">\mathrm{net}_{h_1} (1 - \mathrm{net}_{h_1}) = 0.24130071", C.SLOPE_OF, C.INSERTED),
        _row("plus in the update, in numbers", r"0.15 - 0.5 \cdot", r"0.15 + 0.5 \cdot", C.SIGN, C.OPERATION),
        _row("output after 10,000 steps of another training", "0.01591362", "0.01591220", C.MISTAKE),
    ),
    "mazur_images_zh.html": (
        _row("digits of w3 swapped", "w_3%3D0.25", "w_3%3D0.52", C.SWAPPED),
        _row("bias dropped", "&space;0.2&space;*&space;0.1&space;&plus;&space;0.35&space;=",
             "&space;0.2&space;*&space;0.1&space;=", C.TERM_MISSING),
        _row("b1 in the output layer", "out_%7Bh2%7D+%2B+b_2", "out_%7Bh2%7D+%2B+b_1", C.BIAS, C.INDEX),
        _row("digits of net_o1 swapped", "=&space;1.105905967", "=&space;1.105950967", C.SWAPPED),
        _row("no minus in the exponent, in numbers", "e%5E%7B-1.105905967%7D", "e%5E%7B1.105905967%7D", C.EXPONENT,
             C.SIGN),
        _row("no ½ in E_o1", r"\frac{1}{2}(target_{o1}", "(target_{o1}", C.CONSTANT, C.FACTOR_MISSING),
        _row("a digit of w6 wrong", "0.408666186", "0.408966186", C.DIGIT),
        _row("sign lost", "%3D%20-0.019049118", "%3D%200.019049118", C.SIGN),
        _row("net_o2 in the chain of o1", "%5Cfrac%7B%5Cpartial%20net_%7Bo1%7D%7D%7B%5Cpartial%20w_5%7D",
             "%5Cfrac%7B%5Cpartial%20net_%7Bo2%7D%7D%7B%5Cpartial%20w_5%7D", C.CHAIN, C.INDEX),
        _row("no slope in the error signal", "&space;*&space;out_{o1}(1&space;-&space;out_{o1})&space;=&space;0.138",
             "&space;=&space;0.138", C.SLOPE_MISSING, C.FACTOR_MISSING),
        _row("error after one step of another training", "0.291027774", "0.291027924", C.MISTAKE),
        _row("error after 10,000 steps of another training", "0.000035102", "0.000035085", C.MISTAKE),
    ),
    "mazur_mathml_en.html": (
        _row("no minus in the exponent", "<mo>−</mo><msub><mtext>net</mtext><mrow><mi>h</mi><mn>2</mn></mrow></msub>",
             "<msub><mtext>net</mtext><mrow><mi>h</mi><mn>2</mn></mrow></msub>", C.EXPONENT),
        _row("digits of out_o1 swapped", "<mn>0.751365070</mn>", "<mn>0.715365070</mn>", C.SWAPPED),
        _row("out_h2 twice, in numbers", "<mn>0.593269992</mn><mo>+</mo><mn>0.45</mn>",
             "<mn>0.596884378</mn><mo>+</mo><mn>0.45</mn>", C.INSERTED, C.INDEX, C.NEIGHBOUR),
        _row("third power", "<mn>2</mn></msup><mo>=</mo><mn>0.023560026</mn>",
             "<mn>3</mn></msup><mo>=</mo><mn>0.023560026</mn>", C.POWER),
        _row("learning rate forgotten, in numbers", "<mn>0.5</mn><mo>×</mo><mn>0.082167041</mn>",
             "<mn>0.082167041</mn>", C.FACTOR_MISSING, C.CONSTANT),
        _row("w5 for w7", "<msub><mi>w</mi><mn>7</mn></msub><mo>=</mo><mo>−</mo>",
             "<msub><mi>w</mi><mn>5</mn></msub><mo>=</mo><mo>−</mo>", C.INDEX),
        _row("digits of w2 swapped", "<td>0.199561432</td>", "<td>0.199651432</td>", C.SWAPPED),
        _row("error after one step of another training", "0.291027774", "0.291027924", C.MISTAKE),
    ),
    "indexed_en.tex": (
        _row("slope taken at the net input", r"= \sigma(z)\,(1 - \sigma(z))", r"= z\,(1 - z)", C.SLOPE_OF),
        _row("w12 for w21", r"w^{(1)}_{21} x_1 + w^{(1)}_{22} x_2", r"w^{(1)}_{12} x_1 + w^{(1)}_{22} x_2", C.INDEX),
        _row("first activation used twice", r"w^{(2)}_{12} a^{(1)}_2 + b^{(2)}", r"w^{(2)}_{12} a^{(1)}_1 + b^{(2)}",
             C.INDEX),
        _row("target of the other output, in numbers", "(0.751365070 - 0.01)^2", "(0.751365070 - 0.99)^2", C.TARGET,
             C.INSERTED),
        _row("target of the other output", "a^{(2)}_1 - t_1 = 0.75", "a^{(2)}_1 - t_2 = 0.75", C.TARGET, C.INDEX),
        _row("product of factors with two digits", r"0.741365070 \cdot 0.186815602 = 0.138498562",
             r"0.74 \cdot 0.19 = 0.1406", C.EARLY),
        _row("slope taken at the activation", r"(a^{(2)}_2 - t_2)\, \sigma'(z^{(2)}_2)",
             r"(a^{(2)}_2 - t_2)\, \sigma'(a^{(2)}_2)", C.SLOPE_OF),
        _row("sign lost", r"0.593269992 = -0.022602540", r"0.593269992 = 0.022602540", C.SIGN),
        _row("sum over the wrong index", r"\sum_{j=1}^{2} \delta^{(2)}_j w^{(2)}_{j1}",
             r"\sum_{j=1}^{2} \delta^{(2)}_j w^{(2)}_{1j}", C.INDEX),
        _row("one path missing", r" + \delta^{(2)}_2 w^{(2)}_{21} \notag", r" \notag", C.TERM_MISSING),
        _row("learning rate forgotten", r"w^{(1)}_{11} - \eta \frac", r"w^{(1)}_{11} - \frac", C.FACTOR_MISSING),
        _row("a derivative truncated", "$0.000497713$", "$0.000497712$", C.TRUNCATED),
        _row("error after one step of another training", "0.291027774", "0.291027924", C.MISTAKE),
        _row("error after 10,000 steps of another training", "0.000035102", "0.000035085", C.MISTAKE),
    ),
    "indexed_zh.ipynb": (
        _row("a target of the listing", "targets = [0.01, 0.99]", "targets = [0.01, 0.09]", C.LISTING),
        _row("bias forgotten, in numbers", "0.59688438 + 0.60 = 1.10590597", "0.59688438 = 1.10590597", C.TERM_MISSING),
        _row("no minus in the exponent", "e^{-z^{(2)}_1}", "e^{z^{(2)}_1}", C.EXPONENT),
        _row("bias of the hidden layer", "w^{(2)}_{22} a^{(1)}_2 + b^{(2)}", "w^{(2)}_{22} a^{(1)}_2 + b^{(1)}", C.BIAS,
             C.INDEX),
        _row("sign of the loss's derivative", "= -(t_1 - a^{(2)}_1) =", "= (t_1 - a^{(2)}_1) =", C.SIGN),
        _row("a digit of the slope dropped", "= 0.18681560$", "= 0.1868560$", C.DROPPED),
        _row("input of the other weight", r"\\delta^{(1)}_1 x_1", r"\\delta^{(1)}_1 x_2", C.INDEX),
        _row("w12 has the value of w22", "0.08266763 | 0.40866619", "0.08266763 | 0.56137012", C.NEIGHBOUR, C.EARLIER),
    ),
    "indexed_mathjax_en.html": (
        _row("weight of the layer before", "w^{2}_{11} a^{1}_1 +", "w^{1}_{11} a^{1}_1 +", C.INDEX),
        _row("third power", r"\left(t_2 - a^{2}_2\right)^2", r"\left(t_2 - a^{2}_2\right)^3", C.POWER),
        _row("net input of the layer before", r"\frac{\partial a^{2}_1}{\partial z^{2}_1} \frac",
             r"\frac{\partial a^{2}_1}{\partial z^{1}_1} \frac", C.CHAIN, C.INDEX),
        _row("plus in the slope", "a^{2}_1 (1 - a^{2}_1)", "a^{2}_1 (1 + a^{2}_1)", C.SIGN, C.OPERATION),
        _row("weight of the same row, not of the same column", r"w^{2}_{21} \delta^{2}_2", r"w^{2}_{12} \delta^{2}_2",
             C.INDEX),
        _row("a slope from nowhere", "(1 - a^{1}_1) = 0.241300709", "(1 - a^{1}_1) = 0.263518042", C.UNEXPLAINED),
        _row("moved the wrong way", r"0.082167041 = 0.358916480", r"0.082167041 = 0.441083520", C.SIGN, C.OPERATION,
             C.MISTAKE),
        _row("moved the wrong way, in the table", "0.511301270", "0.488698730", C.SIGN, C.OPERATION, C.MISTAKE),
        _row("error after 10,000 steps of another training", "0.000035102", "0.000035085", C.MISTAKE),
    ),
    "textbook_en.md": (
        _row("an entry of the weight matrix", r"0.50 & 0.55 \end{bmatrix}, \qquad",
             r"0.55 & 0.55 \end{bmatrix}, \qquad", C.NEIGHBOUR, C.DIGIT, C.EARLIER, C.INSERTED),
        _row("digits of an entry swapped", r"= \begin{bmatrix} 0.3775 \\ 0.3925", r"= \begin{bmatrix} 0.3775 \\ 0.3952",
             C.SWAPPED),
        _row("no ½, in numbers", r"\frac{1}{2} \cdot 0.741365070^2", "0.741365070^2", C.CONSTANT, C.FACTOR_MISSING),
        _row("no slope", r"(\hat{y} - y) \odot \sigma'(z^{[2]}).", r"(\hat{y} - y).", C.SLOPE_MISSING,
             C.FACTOR_MISSING),
        _row("slope taken at the output", r"\odot \sigma'(z^{[2]}).", r"\odot \sigma'(\hat{y}).", C.SLOPE_OF),
        _row("factors of the outer product swapped", r"\delta^{[2]} (a^{[1]})^\top", r"a^{[1]} (\delta^{[2]})^\top",
             C.SWAP, C.INDEX, C.OPERATION),
        _row("sign of an entry", "-0.022602540 &", "0.022602540 &", C.SIGN),
        _row("not transposed", r"(W^{[2]})^\top \delta^{[2]} \\", r"W^{[2]} \delta^{[2]} \\", C.OPERATION, C.INDEX,
             C.SWAP, C.FACTOR_MISSING, C.MISTAKE),
        _row("not transposed, in numbers", r"0.40 & 0.50 \\ 0.45 & 0.55", r"0.40 & 0.45 \\ 0.50 & 0.55", C.SWAP,
             C.INDEX, C.INSERTED, C.OPERATION, C.MISTAKE),
        _row("error signal of the other layer", r"\delta^{[1]} x^\top", r"\delta^{[2]} x^\top", C.INDEX),
        _row("an entry moved the wrong way", "0.249751144", "0.250248856", C.SIGN, C.OPERATION, C.MISTAKE),
        _row("error after one step of another training", "0.291027774", "0.291027924", C.MISTAKE),
    ),
    "textbook_zh.tex": (
        _row("indices of the weight swapped", "w_{ij} x_i + b", "w_{ji} x_i + b", C.INDEX),
        _row("no minus in the exponent, in numbers", "e^{-0.3925}", "e^{0.3925}", C.EXPONENT, C.SIGN),
        _row("bias of the hidden layer", "v_{22} h_2 + c", "v_{22} h_2 + b", C.BIAS, C.INDEX),
        _row("s2 in the chain of the first output", r"\cdot \frac{\partial s_1}{\partial v_{11}} .",
             r"\cdot \frac{\partial s_2}{\partial v_{11}} .", C.CHAIN, C.INDEX),
        _row("digits of the slope swapped", "= 0.186816,", "= 0.186861,", C.SWAPPED),
        _row("v21 for v12", r"v_{11} \delta_1 + v_{12} \delta_2", r"v_{11} \delta_1 + v_{21} \delta_2", C.INDEX),
        _row("learning rate forgotten, in the result", r"0.082167 = 0.358916", r"0.082167 = 0.317833", C.FACTOR_MISSING,
             C.CONSTANT),
        _row("power of ten", r"3.5102 \times 10^{-5}", r"3.5102 \times 10^{-4}", C.POINT, C.POWER),
    ),
    "textbook_en.rst": (
        _row("digits of an entry swapped, in the text", r"0.593270 = 0.082167", r"0.593270 = 0.082617", C.SWAPPED),
        _row("not transposed", r"\mathbf{W}_2^\top \boldsymbol{\delta}_2", r"\mathbf{W}_2 \boldsymbol{\delta}_2",
             C.OPERATION, C.INDEX, C.SWAP, C.FACTOR_MISSING, C.MISTAKE),
        _row("sign of the second path, in numbers", "0.055399 - 0.019049", "0.055399 + 0.019049", C.SIGN, C.OPERATION),
        _row("slope of the other layer", r"\odot \sigma'(\mathbf{z}_1)", r"\odot \sigma'(\mathbf{z}_2)", C.INDEX,
             C.SLOPE_OF),
        _row("digits of an entry swapped", "0.561370", "0.561307", C.SWAPPED),
        _row("loss after 10,000 steps of another training", r"3.5102 \times", r"3.5085 \times", C.MISTAKE),
    ),
    "plain_en.txt": (
        _row("bias forgotten", "net_h1 = 0.15 × 0.05 + 0.2 × 0.1 + 0.35", "net_h1 = 0.15 × 0.05 + 0.2 × 0.1",
             C.TERM_MISSING),
        _row("two biases", "net_h2 = w₃ × i₁ + w₄ × i₂ + b₁", "net_h2 = w₃ × i₁ + w₄ × i₂ + b₁ + b₂", C.TERM_EXTRA),
        _row("w7 for w6", "w₆ × out_h2", "w₇ × out_h2", C.INDEX),
        _row("no minus in the exponent", "e^(−net_o1)", "e^(net_o1)", C.EXPONENT),
        _row("no ½, in numbers", "½ (0.99 − 0.772928465)²", "(0.99 − 0.772928465)²", C.CONSTANT, C.FACTOR_MISSING),
        _row("total error truncated", "0.023560026 = 0.298371109", "0.023560026 = 0.298371108", C.TRUNCATED),
        _row("net_o2 in the chain of o1", "× ∂net_o1/∂w₅", "× ∂net_o2/∂w₅", C.CHAIN, C.INDEX),
        _row("last digit of δ_o1", "0.186815602 = 0.138498562", "0.186815602 = 0.138498563", C.LAST, C.DIGIT),
        _row("sign lost", "0.593269992 = −0.022602540", "0.593269992 = 0.022602540", C.SIGN),
        _row("updated w7 used", "−0.038098237 × 0.5 = −0.019049118", "−0.038098237 × 0.511301270 = −0.019479677",
             C.MISTAKE, C.INSERTED, C.EARLIER),
        _row("decimal point of δ_h1 moved", "= 0.008771355", "= 0.08771355", C.POINT, C.DROPPED),
        _row("derivative of w6 in the update of w5", "η × ∂E_total/∂w₅ = 0.40", "η × ∂E_total/∂w₆ = 0.40", C.INDEX),
        _row("moved the wrong way", "= 0.408666186", "= 0.491333814", C.SIGN, C.OPERATION, C.MISTAKE),
        _row("output after 10,000 steps of another training", "0.984064274", "0.984065734", C.MISTAKE),
    ),
    "plain_zh.md": (
        _row("w7 is given the value of w8", "w₇ = 0.50", "w₇ = 0.55", C.NEIGHBOUR, C.DIGIT, C.EARLIER, C.INSERTED),
        _row("w7 and w8 swapped", "w₇·out_h1 + w₈·out_h2", "w₈·out_h1 + w₇·out_h2", C.SWAP, C.INDEX),
        _row("target of the other output", "out_o1 − target_o1 = 0.75", "out_o1 − target_o2 = 0.75", C.TARGET, C.INDEX),
        _row("slope taken at the net input", "= out_o1·(1 − out_o1) = 0.18", "= net_o1·(1 − net_o1) = 0.18", C.SLOPE_OF,
             C.INSERTED),
        _row("sum of rounded terms", "0.27481108 + 0.02356003 = 0.29837111", "0.275 + 0.0236 = 0.2986", C.EARLY),
        _row("digits of a derivative swapped", "× 0.05 = 0.00043857", "× 0.05 = 0.00043587", C.SWAPPED),
        _row("error after 10,000 steps of another training", "0.000035102", "0.000035085", C.MISTAKE),
    ),
    "neuron_en.md": (
        _row("digits of the activation swapped", "(0.2) = 0.197375", "(0.2) = 0.193775", C.SWAPPED),
        _row("a plus in the sum", "0.42 - 0.12 - 0.1", "0.42 + 0.12 - 0.1", C.SIGN, C.OPERATION),
        _row("L for a in the chain", r"\frac{\partial a}{\partial z} \cdot", r"\frac{\partial L}{\partial z} \cdot",
             C.CHAIN, C.FACTOR_EXTRA),
        _row("no square in tanh'", r"= 1 - \tanh^2(z)", r"= 1 - \tanh(z)", C.POWER),
        _row("minus times minus", r"\cdot (-0.4) = 0.116334", r"\cdot (-0.4) = -0.116334", C.SIGN),
        _row("moved the wrong way", "= 0.734900", "= 0.665100", C.SIGN, C.OPERATION, C.MISTAKE),
    ),
    "logistic_zh.rst": (
        _row("digits of the loss swapped", "0.670401 = 0.399879", "0.670401 = 0.398979", C.SWAPPED),
        _row("sign of the loss's derivative", r"&= -\frac{y}{\hat{y}}", r"&= \frac{y}{\hat{y}}", C.SIGN),
        _row("slope after the short form", r"(\hat{y} - y) x_1", r"(\hat{y} - y) \hat{y} (1 - \hat{y}) x_1",
             C.SLOPE_EXTRA),
        _row("moved the wrong way", "0.476928", "0.523072", C.SIGN, C.OPERATION, C.MISTAKE),
    ),
    "softmax_en.tex": (
        _row("digits of the sum swapped", "= 5.148585$", "= 5.148855$", C.SWAPPED),
        _row("sign of a derivative", r"&= -\hat{y}_1 \hat{y}_2", r"&= \hat{y}_1 \hat{y}_2", C.SIGN),
        _row("slope after the short form", r"= \hat{y}_k - y_k .", r"= (\hat{y}_k - y_k) \hat{y}_k (1 - \hat{y}_k) .",
             C.SLOPE_EXTRA),
        _row("sign lost", "0.237231 - 1 = -0.762769", "0.237231 - 1 = 0.762769", C.SIGN),
        _row("target of the other class", r"(\hat{y}_1 - y_1) h", r"(\hat{y}_1 - y_2) h", C.TARGET, C.INDEX),
    ),
    "arithmetic_en.md": (
        _row("a digit of a sum", "+ 300 = 235{,}500$$", "+ 300 = 235{,}800$$", C.DIGIT),
        _row("digits of a sum swapped", "= 3010$", "= 3100$", C.SWAPPED),
        _row("a difference from nowhere", "- 59904 = 96$", "- 59904 = 71$", C.UNEXPLAINED),
        _row("power of ten", r"8.7170 \times 10^{-4}", r"8.7170 \times 10^{-5}", C.POINT, C.POWER),
        _row("digits swapped", r"\frac{1}{8} = 0.125", r"\frac{1}{8} = 0.152", C.SWAPPED),
    ),
    "general_en.md": (
        _row("no minus in the exponent", r"\sigma(x) &= \frac{1}{1 + e^{-x}}", r"\sigma(x) &= \frac{1}{1 + e^{x}}",
             C.EXPONENT),
        _row("plus in the slope", r"&= \sigma(x) (1 - \sigma(x)).", r"&= \sigma(x) (1 + \sigma(x)).", C.SIGN,
             C.OPERATION),
        _row("digits swapped", r"\sigma(1) = 0.731058579", r"\sigma(1) = 0.731085579", C.SWAPPED),
        _row("a factor 2 lost", r"2 \sigma(2 x) - 1", r"2 \sigma(x) - 1", C.CONSTANT, C.FACTOR_MISSING),
        _row("no square in tanh'", r"\tanh'(x) = 1 - \tanh^2(x)", r"\tanh'(x) = 1 - \tanh(x)", C.POWER),
        _row("u for v in the chain", r"\frac{du}{dv} \cdot \frac{dv}{dx}", r"\frac{du}{dv} \cdot \frac{du}{dx}",
             C.CHAIN),
        _row("inner derivative forgotten", r"2 u \cdot 3", "2 u", C.FACTOR_MISSING, C.CONSTANT),
    ),
    "general_zh.md": (
        _row("square lost", r"\frac{e^{-x}}{(1 + e^{-x})^2}", r"\frac{e^{-x}}{(1 + e^{-x})}", C.POWER),
        _row("digits swapped", "0.23500371", "0.23050371", C.SWAPPED),
        _row("plus in tanh'", r"= 1 - \tanh^2(x)", r"= 1 + \tanh^2(x)", C.SIGN, C.OPERATION),
        _row("a factor 2 lost", r"\frac{2x}{1 + x^2}", r"\frac{x}{1 + x^2}", C.CONSTANT, C.FACTOR_MISSING),
        _row("plus in a denominator", r"\hat{y}(1 - \hat{y})}", r"\hat{y}(1 + \hat{y})}", C.SIGN, C.OPERATION),
    ),
}
# fmt: on

PLANTED: tuple[Planted, ...] = tuple(
    Planted(document, row.note, row.find, row.replace, row.cause, row.occurrence)
    for document, rows in _ROWS.items()
    for row in rows
)
