"""A name as it is printed: letter or word, subscript, superscript."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip


ACCENTS = {"hat": "\u0302", "bar": "\u0304"}
"""What may stand over a letter: by the name that LaTeX has for it, as a combining character."""


class Label(Struct, frozen=True):
    """A name in parts: letter or word, subscript, superscript; and the layer that `ascii` writes after the letter.

    accent: what stands over the letter, of `ACCENTS`; `ascii` has its name after the letter (mhat_w5).
    """

    base: str
    sub: str = ""
    sup: str = ""
    ascii: str = ""
    accent: str = ""

    @property
    def latex(self) -> str:
        """The name as LaTeX maths: one letter in italics, a word upright, Greek by its name."""
        text = latex_word(self.base)
        if self.accent:
            text = f"\\{self.accent}{{{text}}}"
        if self.sub:
            text += f"_{{{_latex_script(self.sub)}}}"
        if self.sup:
            text += f"^{{{self.sup}}}"
        return text

    @property
    def text(self) -> str:
        """The name as plain text with Greek letters, for terminals: δ_o1."""
        word, rest = self.base, self.ascii[len(self.base) :].removeprefix(self.accent)
        over = ACCENTS.get(self.accent, "")
        return GREEK.get(word, word) + over + rest if self.ascii.startswith(word) else self.ascii

    def marked(self, sample: str, plus: str) -> Label:
        """Return the name of the same quantity for one sample ("[2]"), or after the update ("+")."""
        return replace(self, sup=self.sup + sample + plus, ascii=self.ascii + sample + plus)


def latex_word(word: str) -> str:
    """Return a letter, the name of a Greek letter, or a word as LaTeX maths."""
    if word in GREEK:
        return f"\\{word}"
    return word if len(word) == 1 else f"\\mathrm{{{word}}}"


def _latex_script(script: str) -> str:
    # A word in a subscript stands upright; a letter with a number (h1, o2) is a neuron's name.
    # So does hj or jk, but slanted: j and k are letters for numbers.
    word = script.isalpha() and len(script) > 1 and not (len(script) == 2 and script[1] in "jkm")
    return f"\\mathrm{{{script}}}" if word else script
