"""What the macros, environments and characters of formulas are: one line, or one word, for each."""

from __future__ import annotations

import re

# ── Environments ─────────────────────────────────────────────────────────────────────────────────────────────────

ALIGNED = frozenset((
    "align", "aligned", "alignat", "alignedat", "flalign", "eqnarray", "equation", "split", "gather", "gathered",
    "multline", "displaymath", "math", "IEEEeqnarray", "dmath", "empheq", "subequations", "alignb", "xalignat",
))  # fmt: skip
"""What holds statements, in rows."""
MATRICES = frozenset((
    "matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "psmallmatrix",
    "bsmallmatrix",
))  # fmt: skip
CHOICES = frozenset(("cases", "dcases", "rcases"))

# ── What stands between things ───────────────────────────────────────────────────────────────────────────────────

RELATIONS = {
    "=": "=", "approx": "≈", "≈": "≈", "simeq": "≈", "cong": "≈", "doteq": "≈", "fallingdotseq": "≈", "eq": "=",
    ":=": ":=", "coloneqq": ":=", "coloneq": ":=", "triangleq": ":=", "equiv": "=", "≡": "=", "≜": ":=",
    "leftarrow": "←", "gets": "←", "←": "←", "longleftarrow": "←", "rightarrow": "→", "to": "→", "→": "→",
    "longrightarrow": "→", "mapsto": "→", "neq": "≠", "ne": "≠", "≠": "≠", "<": "<", "lt": "<", ">": ">", "gt": ">",
    "leq": "≤", "le": "≤", "≤": "≤", "geq": "≥", "ge": "≥", "≥": "≥", "propto": "∝", "∝": "∝", "sim": "∼", "∼": "∼",
    "in": "∈", "∈": "∈", "ll": "<", "gg": ">", "leqslant": "≤", "geqslant": "≥", "notin": "∉", "subset": "⊂",
    "⟶": "→", "longmapsto": "→", "geqq": "≥", "leqq": "≤", "approxeq": "≈", "thickapprox": "≈",
}  # fmt: skip
SPACES = frozenset(("quad", "qquad", "hfill", "hspace", "hskip", "newline"))
JOINTS = SPACES | frozenset((
    "Rightarrow", "implies", "Longrightarrow", "therefore", "because", "iff", "Leftrightarrow", "Leftarrow", "⇒", "∴",
    "∵", "⇔", "land", "wedge",
))  # fmt: skip
"""What parts statements from each other, besides commas and words. Spaces part only where both sides are whole."""
POINTS = {"pt": 1, "em": 10, "ex": 4, "in": 72, "cm": 28, "mm": 3, "pc": 12}
"""How many points a unit of length is, roughly."""
SIGNS = frozenset(
    ("+", "-", "·", "×", "*", "/", "⊙", "cdot", "times", "odot", "ast", "circ", "div", "pm", "mp", "bullet")
)
PRODUCTS = {
    "cdot": "·", "·": "·", "times": "×", "×": "×", "*": "*", "ast": "*", "odot": "⊙", "⊙": "⊙", "circ": "⊙",
    "bullet": "·", "star": "*", "cdotp": "·", "otimes": "⊗", "⊗": "⊗",
}  # fmt: skip
OPENING, CLOSING = frozenset("(["), frozenset(")]")

# ── What says nothing, or how something looks ────────────────────────────────────────────────────────────────────

TEXTS = frozenset(("text", "textrm", "textit", "textbf", "mbox", "hbox", "textnormal", "textsf", "texttt", "textup"))
"""What holds words, which may part two statements."""
IGNORED = frozenset((
    ",", ";", "!", ":", ">", " ", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber",
    "notag", "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl",
    "Biggr", "bigm", "Bigm", "biggm", "middle", "hfil", "allowbreak", "nobreak", "noindent", "centering", "small",
    "large", "footnotesize", "normalsize", "relax", "par", "rm", "bf", "it", "boldmath", "thinspace", "negthinspace",
    "enspace", "-", "/", "hline", "mathstrut", "strut", "smash", "null", "enskip",
))  # fmt: skip
WITH_ARGUMENT = frozenset((
    "why", "label", "tag", "ref", "eqref", "cite", "phantom", "hphantom", "vphantom", "displaybreak", "vspace",
    "hspace", "hskip", "color", "footnote", "intertext", "shortintertext", "kern", "mkern", "raisebox", "pagebreak",
    "room", "require",
))  # fmt: skip
"""Macros that say nothing, together with what stands in their brackets."""
STARRED = frozenset(("operatorname", "mathop"))
"""Macros that may have a star behind them."""
OVER = frozenset(("stackrel", "overset", "underset"))
OVER_RELATION = {
    "def": ":=", "definition": ":=", "Delta": ":=", "triangle": ":=", "!": "∼", "?": "∼", "set": "∼", "iid": "∼",
}  # fmt: skip
"""What a sign of equality is with this over it: a definition, or what is asked for and not said."""
ARROWS = {"xrightarrow": "→", "xleftarrow": "←", "xmapsto": "→", "xlongrightarrow": "→", "xrightharpoonup": "→"}
"""Arrows with something written over them, which says nothing about their sides."""
FONTS = {
    "mathbf": True, "boldsymbol": True, "bm": True, "mathrm": False, "mathit": False, "mathsf": False,
    "mathcal": False, "operatorname": False, "text": False, "textrm": False, "textit": False, "textbf": True,
    "mathtt": False, "mbox": False, "hbox": False, "textnormal": False, "vec": True, "overrightarrow": True,
    "mathbb": False, "mathscr": False, "mathfrak": False, "textsf": False, "texttt": False, "textup": False,
    "pmb": True, "rm": False, "underline": False, "symbf": True, "bold": True, "mathop": False, "mathord": False,
    "mathbin": False, "textsc": False, "textsl": False, "mathnormal": False, "mathds": False, "mathbbm": False,
    "symup": False, "mathbfit": True, "bf": True, "operatornamewithlimits": False,
}  # fmt: skip
"""What only sets letters in another way, and whether it sets them bold."""
UPRIGHT = frozenset(("mathrm", "text", "rm", "operatorname", "mathit", "textrm"))
"""Fonts in which the d of a derivative may be set."""
ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "check": "check", "mathring": "ring",
}  # fmt: skip
DECORATIONS = {
    "underset": 1, "overset": 1, "stackrel": 1, "underbrace": 0, "overbrace": 0, "boxed": 0, "cancel": 0,
    "textcolor": 1, "colorbox": 1, "fbox": 0, "ensuremath": 0, "bcancel": 0, "xcancel": 0, "fcolorbox": 2,
    "mathllap": 0, "mathrlap": 0, "mathclap": 0, "substack": 0, "style": 1, "href": 1, "class": 1, "cssId": 1,
    "htmlClass": 1,
}  # fmt: skip
"""What stands around a part of a formula, and how many groups before that part are no maths."""

# ── Operators ────────────────────────────────────────────────────────────────────────────────────────────────────

FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"))
QUOTIENTS = frozenset(("pdv", "dv", "pd", "od", "pderiv", "deriv", "diffp", "diff"))
"""Macros for a derivative as a quotient: \\pdv{E}{w}."""
SUMS = {"sum": False, "∑": False, "prod": True, "∏": True, "Sigma": False}
"""What adds or multiplies over an index, and whether it multiplies."""
DOTS = frozenset(("ldots", "cdots", "dots", "dotsc", "dotsb", "dotsm", "hdots", "vdots", "ddots", "…", "⋯"))
HALVES = {"½": "2", "¼": "4"}

# ── Words and scripts ────────────────────────────────────────────────────────────────────────────────────────────

CALLED = frozenset((
    "exp", "log", "ln", "lg", "tanh", "sinh", "cosh", "sin", "cos", "tan", "max", "min", "sigmoid", "softmax", "relu",
    "ReLU", "erf", "sqrt", "sech", "arctan", "coth", "sgn", "sign",
))  # fmt: skip
"""Functions that need no brackets: log x."""
_NUMBERED = r"(?:\d{1,3}|[A-Za-z]{1,8}(?:[+-]\d)?|\+)"
LABELS = re.compile(
    rf"\({_NUMBERED}\)(?:[+*']|\[\d{{1,4}}\]|\(\d{{1,4}}\))?|\[{_NUMBERED}\](?:[+*']|\(\d{{1,4}}\))?|\+|new|old|\*"
    r"|[lL](?:[+-]\d)?|ell(?:[+-]\d)?|t(?:[+-]\d)?|k[+-]1|after|before|updated|next|adjusted|upd|neu|alt|新|旧|m|n|h|o"
    r"|[\w+()\[\]-]+(?:,[\w+()\[\]-]+)+|[\w+()\[\]-]+,'|hidden|output|in|out|\([\d,]+\)|\[[\d,]+\]|true|pred",
    re.ASCII,
)
"""What is raised behind a name and is no exponent."""
TRANSPOSED = frozenset(("T", "top", "intercal", "⊤", "⊺", "tr", "transpose", "t.", "′T"))
STOP = frozenset((
    "and", "where", "if", "for", "with", "so", "then", "or", "since", "thus", "hence", "as", "when", "otherwise",
    "because", "but", "given", "let", "we", "have", "get", "is", "are", "of", "the", "a", "by", "from", "similarly",
    "therefore", "let us", "also", "which", "that", "else", "all", "forall", "und", "mit", "wo", "wobei", "donde",
    "con", "onde", "com", "avec", "et", "y", "e", "est", "i.e.", "e.g.", "ie", "eg", "etc",
))  # fmt: skip
"""Words between statements."""
SAID = frozenset((
    "其中", "则", "那么", "所以", "因此", "同理", "即", "有", "得", "得到", "因为", "由于", "故", "且", "和", "以及",
    "当", "若", "如果", "又", "于是", "从而", "可得", "代入", "여기서", "따라서", "그러므로", "즉", "이고", "이므로",
    "이다", "ここで", "よって", "したがって", "また", "より", "ただし", "つまり",
))  # fmt: skip
"""The same, of writing that sets no spaces."""
OTHERWISE = frozenset((
    "otherwise", "else", "sonst", "否则", "其他", "其它", "sinon", "autrement", "altrimenti", "wpp", "inaczej",
    "иначе", "jinak", "senão", "casocontrário", "enotrocaso", "deotromodo", "그외", "그렇지않으면", "その他",
    "それ以外", "anders", "trườnghợpkhác", "elsewhere", "ansonsten", "diğer",
))  # fmt: skip
"""What stands for the condition of the last case."""
IFS = frozenset((
    "if", "for", "when", "si", "wenn", "falls", "für", "se", "pour", "quand", "para", "cuando", "dla", "gdy", "jeśli",
    "если", "при", "pokud", "když", "当", "若", "nếu", "eğer", "per", "als", "where",
))  # fmt: skip
"""What stands before the condition of a case."""
