"""Symbolic derivations of backpropagation: every step named, put into numbers, and checked.

    import derive

    worked = derive.load("mazur").derive()
    worked["w5"].steps          # the chain rule, factor by factor
    worked["w5"].value          # 0.0821670406…, to 50 digits
    worked.check().passed       # every step proved, every number agreed on in four ways

Importing this package costs next to nothing; SymPy is loaded when something is derived.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.api import Derived, Network, load, model, network, proofread, verify
    from derive.errors import DeriveError
    from derive.extending import add_activation, add_loss
    from derive.spec import Draw, Layer, Spec, Training

__version__ = "0.1.0"

_HOME = {
    "Derived": "api", "Network": "api", "load": "api", "model": "api", "network": "api", "proofread": "api",
    "verify": "api",
    "DeriveError": "errors", "Draw": "spec", "Layer": "spec", "Spec": "spec", "Training": "spec",
    "add_activation": "extending", "add_loss": "extending",
}  # fmt: skip

__all__ = [
    "DeriveError", "Derived", "Draw", "Layer", "Network", "Spec", "Training", "add_activation", "add_loss", "load",
    "model", "network", "proofread", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"derive.{_HOME[name]}"), name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
