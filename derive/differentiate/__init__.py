"""Graph → Derivation: SymPy differentiates each kind of equation once; steps are made when they are asked for."""

from derive.differentiate.chains import derive

__all__ = ["derive"]
