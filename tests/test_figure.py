"""derive.render.figure: names that touch nothing, drawings that say what the network is, and nothing unescaped."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from derive.notation import Label, notation
from derive.render.figure import (
    Column,
    Diagram,
    Figure,
    Phrases,
    Quantity,
    collisions,
    diagram,
    layout,
    svg,
    terminal,
    tikz,
)
from derive.render.figure.drawing import Circle, Line, Text
from derive.render.figure.geometry import Box, Point
from derive.spec import Spec, build, load

Bias = Literal["none", "shared", "per neuron"]
SIZES = ["2-2-2", "2-5-1", "3-4-2", "1-1", "2-3-3-2", "5-5-5-5"]
BIASES: list[Bias] = ["none", "shared", "per neuron"]
SVG = "{http://www.w3.org/2000/svg}"
CM = 2.54 / 72.27  # of a TeX point
HOSTILE = r"\input{/etc/passwd} $ % & # _ ^ ~ { } <script>alert(1)</script> ]]> --> & "


def net(sizes: str, bias: Bias = "none", *, style: str = "mazur", activation: str = "sigmoid") -> Spec:
    numbers = [int(n) for n in sizes.split("-")]
    layers = [
        {"size": n, "activation": activation, "bias": bias, "weights": {"draw": "uniform", "low": -1, "high": 1},
         "biases": {"draw": "uniform"} if bias != "none" else 0}
        for n in numbers[1:]
    ]  # fmt: skip
    return build({"inputs": [1] * numbers[0], "targets": [1] * numbers[-1], "layers": layers, "notation": style})


def drawn(sizes: str, bias: Bias = "none", *, style: str = "mazur", values: bool = False) -> Figure:
    spec = net(sizes, bias, style=style)
    return layout(diagram(spec, notation(spec).label), values=values)


def plain(text: Text) -> str:
    return (text.label.ascii if text.label else "") + text.text


def all_texts(figure: Figure) -> list[Text]:
    named: list[Line | Circle] = [*figure.lines, *figure.circles]
    return [x.text for x in named if x.text] + list(figure.texts)


# ── Nothing touches a name ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("values", [False, True], ids=["names", "values"])
@pytest.mark.parametrize("style", ["mazur", "indexed"])
@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("sizes", SIZES)
def test_nothing_touches_a_name(sizes: str, bias: Bias, style: str, values: bool) -> None:
    figure = drawn(sizes, bias, style=style, values=values)
    assert collisions(figure) == []
    assert touched(figure) == []
    assert figure.names_weights is (sizes != "5-5-5-5")


def touched(figure: Figure) -> list[str]:
    """The same question as `collisions`, by looking at single points, 0.02 cm from one to the next."""
    parts = []
    for line in figure.lines:
        for a, b in (*line.strokes, *pairwise((*line.tip, *line.tip[:1]))):
            parts.append(np.linspace(a, b, 2 + int(math.dist(a, b) / 0.02)))
    turns = np.linspace(0, 2 * np.pi, 200)
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    ink = np.concatenate([*parts, *(c.centre + c.radius * around for c in figure.circles)])
    texts = all_texts(figure)
    corners = [np.array(t.box.corners) for t in texts]
    letters = [np.concatenate([np.linspace(c[0], c[1], 20), np.linspace(c[2], c[3], 20)]) for c in corners]
    found = []
    for number, text in enumerate(texts):
        others = np.concatenate([ink, *letters[:number], *letters[number + 1 :]])
        room = np.array([text.box.width, text.box.height]) / 2
        if (np.abs(others - text.box.centre) < room).all(axis=1).any():
            found.append(plain(text))
    # A line comes to its own circles, and into none.
    for c in figure.circles:
        if (np.hypot(*(ink - c.centre).T) < 0.99 * c.radius).any():
            found.append(f"circle {plain(c.text)}")
    return found


WORD = st.text("abkmtwxzMW", min_size=1, max_size=3)
CAPTION = st.sampled_from(["", "tanh", "sigmoid", "the layer of all outputs", "隐藏层"])


@st.composite
def networks(draw: st.DrawFn) -> Diagram:
    """Any small network, with names of any kind and length."""
    sizes = draw(st.lists(st.integers(1, 7), min_size=2, max_size=5))

    def quantity() -> Quantity:
        sub, sup = draw(st.sampled_from(["", "1", "12", "h1", "total"])), draw(st.sampled_from(["", "(2)"]))
        return Quantity(Label(draw(WORD), sub, sup, "q"), draw(st.sampled_from(["", "0.5", "−0.123456", "≈ 1e−30"])))

    columns = []
    for before, size in pairwise([0, *sizes]):
        bias: Bias = draw(st.sampled_from(BIASES))
        count = {"none": 0, "shared": 1, "per neuron": size}[bias]
        named = draw(st.booleans()) and 0 < before * size <= 12
        columns.append(Column(
            size=size, neurons=tuple(quantity() for _ in range(size)), caption=draw(CAPTION), bias=bias,
            weights=tuple(tuple(quantity() for _ in range(before)) for _ in range(size)) if named else (),
            biases=tuple(quantity() for _ in range(count)),
        ))  # fmt: skip
    return Diagram(tuple(columns))


@given(networks(), st.booleans())
@settings(max_examples=25)
@example(diagram(net("1-1-1-1-1-1-1-1-1-1-1"), notation(net("1-1-1-1-1-1-1-1-1-1-1")).label), True)
@example(diagram(net("10-10-10", "shared"), notation(net("10-10-10", "shared")).label), False)
def test_whatever_the_names_and_sizes(shown: Diagram, values: bool) -> None:
    figure = layout(shown, values=values)
    assert collisions(figure) == []
    assert touched(figure) == []


def planted(figure: Figure, what: str) -> Figure:
    """`figure` with one thing moved to where it does harm."""
    lines, circles, texts = list(figure.lines), list(figure.circles), list(figure.texts)
    name = lines[0].text
    assert name is not None
    moved: Point
    match what:
        case "name on name":
            moved = next(line.text.box.centre for line in lines[1:] if line.text)
        case "name on circle":
            moved = (circles[0].centre[0] + circles[0].radius, circles[0].centre[1])
        case "name on line":
            (ax, ay), (bx, by) = lines[3].strokes[-1]
            moved = ((ax + bx) / 2, (ay + by) / 2)
        case "name on tip":
            moved = lines[2].end
        case "name off the page":
            moved = (figure.width, 1.0)
        case "circle on circle":
            circles[1] = replace(circles[1], centre=(circles[0].centre[0] + circles[0].radius, circles[0].centre[1]))
            return replace(figure, circles=tuple(circles))
        case "line through circle":
            lines[0] = replace(lines[0], start=circles[0].centre, text=None)
            return replace(figure, lines=tuple(lines))
        case "caption on name":
            texts[0] = replace(texts[0], box=texts[0].box.moved_to(name.box.centre))
            return replace(figure, texts=tuple(texts))
        case "name larger than its circle":
            wide = Box(circles[0].centre, 2 * circles[0].radius, 0.2)
            circles[0] = replace(circles[0], text=replace(circles[0].text, box=wide))
            return replace(figure, circles=tuple(circles))
    lines[0] = replace(lines[0], text=replace(name, box=name.box.moved_to(moved)))
    return replace(figure, lines=tuple(lines))


FAULTS = [
    "name on name", "name on circle", "name on line", "name on tip", "name off the page", "circle on circle",
    "line through circle", "caption on name", "name larger than its circle",
]  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_each_planted_collision_is_found(what: str) -> None:
    assert collisions(planted(drawn("2-2-2", "shared"), what))


# ── The figure says what the network is ──────────────────────────────────────────────────────────────────────────


def ends(figure: Figure) -> dict[str, tuple[str, str]]:
    """Which circles the line of each name joins, found by where it begins and ends."""

    def at(p: Point) -> str:
        (found,) = [c for c in figure.circles if math.isclose(math.dist(p, c.centre), c.radius, abs_tol=1e-9)]
        return plain(found.text)

    return {plain(line.text): (at(line.start), at(line.end)) for line in figure.lines if line.text}


def test_each_weight_of_the_worked_example_stands_at_its_own_line() -> None:
    spec = load("mazur")
    figure = layout(diagram(spec, notation(spec).label))
    assert ends(figure) == {
        "w1": ("i1", "h1"), "w2": ("i2", "h1"), "w3": ("i1", "h2"), "w4": ("i2", "h2"),
        "w5": ("h1", "o1"), "w6": ("h2", "o1"), "w7": ("h1", "o2"), "w8": ("h2", "o2"),
    }  # fmt: skip
    for line in figure.lines:
        if line.text:  # the middle of the name is a point of the line
            (x, y), (ux, uy) = line.text.box.centre, line.direction
            assert abs((x - line.start[0]) * uy - (y - line.start[1]) * ux) < 1e-9
    biases = {plain(c.text): c for c in figure.circles if c.kind == "bias"}
    fed = [line.start for line in figure.lines if line.kind == "bias"]
    assert [sum(math.isclose(math.dist(p, c.centre), c.radius) for p in fed) for c in biases.values()] == [2, 2]
    assert list(biases) == ["b1", "b2"]
    assert [plain(t) for t in figure.texts] == ["sigmoid", "sigmoid"]


@pytest.mark.parametrize("style", ["mazur", "indexed"])
def test_a_bias_for_each_neuron_points_at_its_neuron(style: str) -> None:
    figure = drawn("2-3-1", "per neuron", style=style)
    arrows = [line for line in figure.lines if line.kind == "arrow"]
    names = [t for t in figure.texts if t.label]
    expected = {"mazur": ["b_h1", "b_h2", "b_h3", "b_o1"], "indexed": ["b1_1", "b1_2", "b1_3", "b2_1"]}[style]
    assert [plain(t) for t in names] == expected
    neurons = [c for c in figure.circles if c.kind in ("hidden", "output")]
    for arrow, name, neuron in zip(arrows, names, neurons, strict=True):
        assert arrow.start[0] == arrow.end[0] == name.box.centre[0] == neuron.centre[0]
        assert math.isclose(arrow.end[1], neuron.centre[1] + neuron.radius)
        assert 0 < name.box.low[1] - arrow.start[1] < 0.1


def test_values_stand_beside_names_and_give_way_to_them() -> None:
    spec = load("mazur")
    with_values = layout(diagram(spec, notation(spec).label), values=True)
    assert "w5 = 0.40" in map(plain, all_texts(with_values))
    assert "w5 = 0.40 from h1" in with_values.description
    assert "0.40" not in layout(diagram(spec, notation(spec).label)).description
    crowded = drawn("4-4-4", values=True)
    assert crowded.names_weights
    assert all("=" not in plain(t) for t in all_texts(crowded))


def test_a_large_network_is_a_small_figure_with_its_true_sizes() -> None:
    figure = drawn("784-300-10", "per neuron")
    assert figure.width < 9
    assert figure.height < 9
    captions = [plain(t) for t in figure.texts]
    assert [c for c in captions if c != "sigmoid"] == ["784", "300", "10"]
    assert [plain(c.text) for c in figure.circles if c.kind == "input"] == ["i1", "i2", "i3", "i783", "i784"]
    assert [plain(c.text) for c in figure.circles if c.kind == "output"] == ["o1", "o2", "o3", "o10"]
    assert len(figure.dots) == 3 * 3
    assert len(figure.lines) == 5 * 5 + 5 * 4
    assert collisions(figure) == []
    assert "h299, h300 (300 in all)" in figure.description


def test_a_very_deep_network_leaves_out_the_middle() -> None:
    figure = drawn("-".join(["2"] * 400))
    assert len([c for c in figure.circles if c.kind != "bias"]) == 7 * 2
    assert figure.width < 20
    assert len(figure.description) < 2000


def test_a_dense_network_has_no_names_at_its_lines_but_in_its_description() -> None:
    assert not drawn("7-2").names_weights  # more than six in a layer
    assert not drawn("5-5-5-5").names_weights  # 75 weights
    crowded = drawn("5-5-3", "shared")
    assert not crowded.names_weights
    assert "w40 from h5" in re.sub(r" = [−0-9.]+", "", crowded.description)


def test_long_names_shrink_into_their_circles() -> None:
    neuron = Quantity(Label("temperature", "outside", "", "temperature_outside"))
    figure = layout(Diagram((Column(size=1, neurons=(neuron,)), Column(size=1, neurons=(neuron,)))))
    assert collisions(figure) == []
    assert all(c.radius <= 0.8 for c in figure.circles)


def test_the_words_can_be_another_language() -> None:
    words = Phrases(inputs="输入:{names}。", comma="、")
    spec = load("mazur")
    captions = ("输入", "隐藏层", "输出层")
    shown = diagram(spec, notation(spec).label, captions)
    figure = layout(shown, words=words)
    assert "输入:i1、i2。" in figure.description
    assert [plain(t) for t in figure.texts] == list(captions)
    assert collisions(figure) == []
    lines = terminal(shown, words=words).splitlines()
    assert max(map(cell_len, lines)) <= 80


# ── SVG ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own output, and well-formed or the test fails


def test_svg_holds_every_name_a_title_and_a_description() -> None:
    figure = drawn("2-3-1", "per neuron", style="indexed")
    tree = parsed(svg(figure))
    written = ["".join(e.itertext()) for e in tree.iter(f"{SVG}text")]
    assert sorted(written) == sorted(
        (t.label.base + t.label.sup + t.label.sub if t.label else t.text) for t in all_texts(figure)
    )
    assert tree.attrib["role"] == "img"
    for kind, said in (("title", figure.title), ("desc", figure.description)):
        (element,) = tree.findall(f"{SVG}{kind}")
        assert element.text == said
    assert tree.attrib["aria-labelledby"] == tree.find(f"{SVG}title").attrib["id"]  # type: ignore[union-attr]
    assert tree.attrib["aria-describedby"] == tree.find(f"{SVG}desc").attrib["id"]  # type: ignore[union-attr]
    assert len(tree.findall(f".//{SVG}circle")) == len(figure.circles)


def test_svg_is_inert_and_takes_the_colours_of_its_place() -> None:
    tree = parsed(svg(drawn("3-4-2", "shared")))
    tags = {e.tag.removeprefix(SVG) for e in tree.iter()}
    assert tags == {"svg", "title", "desc", "g", "path", "circle", "text", "tspan"}
    attributes = {(key, value) for e in tree.iter() for key, value in e.attrib.items()}
    assert not [key for key, _ in attributes if key.startswith("on") or "href" in key]
    colours = {value for key, value in attributes if key in ("fill", "stroke") and not value.startswith("#")}
    assert colours == {"currentColor", "none"}
    x, y, width, height = map(float, tree.attrib["viewBox"].split())
    assert (x, y, f"{width:g}", f"{height:g}") == (0, 0, tree.attrib["width"], tree.attrib["height"])


def test_two_figures_in_a_page_have_ids_of_their_own() -> None:
    one, other = svg(drawn("2-2-2")), svg(drawn("2-3-2"))
    ids = [re.findall(r' id="([^"]*)"', text) for text in (one, other)]
    assert len({*ids[0], *ids[1]}) == 4
    assert 'id="mine-title"' in svg(drawn("2-2-2"), name="mine")


# ── What comes from outside ──────────────────────────────────────────────────────────────────────────────────────


def hostile() -> Figure:
    bad = Quantity(Label(HOSTILE, HOSTILE, HOSTILE, HOSTILE), HOSTILE)
    caption = HOSTILE + "\n\x1b[31m\x00\ud800"
    column = Column(size=1, neurons=(bad,), caption=caption, weights=((bad,),), bias="shared", biases=(bad,))
    return layout(Diagram((replace(column, weights=(), bias="none"), column), HOSTILE), values=True)


def test_svg_escapes_everything() -> None:
    figure = hostile()
    assert len(all_texts(figure)) >= 4
    tree = parsed(svg(figure, name='x" onload="alert(1)'))
    assert {e.tag.removeprefix(SVG) for e in tree.iter()} <= {
        "svg", "title", "desc", "g", "path", "circle", "text", "tspan",
    }  # fmt: skip
    assert "onload" not in tree.attrib
    assert HOSTILE in (tree.find(f"{SVG}title").text or "")  # type: ignore[union-attr]


def test_tikz_escapes_everything() -> None:
    drawing = [line for line in tikz(hostile()).splitlines() if not line.startswith("%")]
    text = "\n".join(drawing)
    allowed = {
        "begin", "end", "useasboundingbox", "draw", "fill", "node", "fontsize", "selectfont", "text", "ldots",
        "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater",
    }  # fmt: skip
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= allowed
    bare = re.sub(r"\\.", "", text)
    assert "%" not in bare
    assert "#" not in bare
    assert "\x1b" not in text


def test_the_terminal_gets_no_control_characters() -> None:
    bad = Quantity(Label("w", "", "", "w\x1b[2J"), "1\x07")
    column = Column(size=1, neurons=(bad,), caption="a\x1b]0;b\x07", weights=((bad,),))
    text = terminal(Diagram((replace(column, weights=()), column), "t\x1bc"))
    assert all(c.isprintable() or c == "\n" for c in text)


# ── TikZ, set by TeX ─────────────────────────────────────────────────────────────────────────────────────────────


def test_tex_sets_every_figure_and_no_name_is_wider_than_its_box(
    require: Callable[[str], Path], tmp_path: Path
) -> None:
    figures = [drawn(sizes, "shared", style="indexed") for sizes in SIZES]
    figures += [drawn(sizes, "per neuron") for sizes in SIZES]
    figures += [drawn("784-300-10"), drawn("2-2-2", "shared", values=True), drawn("10-" * 8 + "10"), hostile()]
    sources = [tikz(figure).rstrip() for figure in figures]
    boxes: dict[str, Box] = {}
    for figure, source in zip(figures[:-1], sources, strict=False):
        bodies = re.findall(r"\\node\[net name\] at \(\S+\) \{(.*)\};", source)
        boxes |= dict(zip(bodies, [text.box for text in all_texts(figure)], strict=True))
    measured = "\n".join(
        rf"\setbox0=\hbox{{{body}}}\message{{[{i}:\the\wd0:\the\ht0:\the\dp0]}}" for i, body in enumerate(boxes)
    )
    pages = "\n".join(rf"\setbox0=\hbox{{{s}}}\message{{[page:\the\wd0:\the\ht0]}}\box0\clearpage" for s in sources)
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{lmodern}\\usepackage{amsmath,tikz}\n"
        f"\\begin{{document}}\n{measured}\n{pages}\n\\end{{document}}\n",
        "utf-8",
    )
    command = [str(require("tex")), "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    log = done.stdout.replace("\n", "")
    found = re.findall(r"\[(\d+):([\d.]+)pt:([\d.]+)pt:([\d.]+)pt\]", log)
    assert len(found) == len(boxes)
    for (body, box), (_, *sides) in zip(boxes.items(), found, strict=True):
        width, height, depth = (float(side) * CM for side in sides)
        assert 0.75 * box.width <= width <= box.width, body
        assert height + depth <= 1.1 * box.height, body
    sizes = re.findall(r"\[page:([\d.]+)pt:([\d.]+)pt\]", log)
    for figure, (wide, high) in zip(figures, sizes, strict=True):
        scale = min(1.0, 16.0 / figure.width)
        assert float(wide) * CM == pytest.approx(scale * figure.width, abs=0.02 * figure.width)
        assert float(high) * CM == pytest.approx(scale * figure.height, abs=0.02 * figure.width)


def test_a_number_with_an_exponent_is_maths() -> None:
    w = Quantity(Label("w", "1", "", "w1"), "≈ −1.5e−30")
    i = Quantity(Label("i", "1", "", "i1"))
    shown = Diagram((Column(size=1, neurons=(i,)), Column(size=1, neurons=(i,), weights=((w,),))))
    assert r"$w_{1}\approx -1.5\cdot 10^{-30}$" in tikz(layout(shown, values=True))


# ── The terminal ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_network_in_the_terminal() -> None:
    spec = build({
        "title": "One neuron", "inputs": [2], "targets": [1],
        "layers": [{"size": 1, "weights": [[-0.5]], "biases": [0.25], "activation": "tanh"}],
    })  # fmt: skip
    assert terminal(diagram(spec, notation(spec).label)) == (
        "One neuron\n\n"
        "  (i1) ⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒ (o1)\n\n"
        "                        tanh\n\n"
        "layer 1, tanh\n"
        "         (i1)        bias\n"
        "  (o1)   w1 = −0.5   b_o1 = 0.25\n"
    )


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("sizes", [*SIZES, "6-6", "784-300-10", "-".join(["3"] * 30)])
def test_the_terminal_is_never_wider_than_asked(sizes: str, width: int) -> None:
    spec = net(sizes, "per neuron", style="indexed")
    lines = terminal(diagram(spec, notation(spec).label), width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_the_terminal_lists_every_weight_once_or_counts_them() -> None:
    spec = net("3-4-2", "per neuron")
    text = terminal(diagram(spec, notation(spec).label))
    assert re.findall(r"\bw(\d+) =", text) == [*map(str, range(1, 21))]
    large = net("784-300-10", "per neuron", activation="relu")
    summary = terminal(diagram(large, notation(large).label))
    # 784·300 + 300 + 300·10 + 10
    assert "238,510 parameters" in summary
    assert re.search(r"1 +300 +relu +235,200 +300\n", summary)


# ── The same, always ─────────────────────────────────────────────────────────────────────────────────────────────

PROGRAM = """
from derive.notation import notation
from derive.render.figure import diagram, layout, svg, terminal, tikz
from derive.spec import load
import hashlib
for name in ("mazur", "xor"):
    spec = load(name)
    shown = diagram(spec, notation(spec).label)
    figure = layout(shown)
    print(hashlib.sha256((svg(figure) + tikz(figure) + terminal(shown)).encode()).hexdigest())
"""


def test_another_process_draws_the_same_bytes() -> None:
    outputs: set[Any] = set()
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent.parent), "PATH": ""},
        )  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(done.stdout.split()) == 2
