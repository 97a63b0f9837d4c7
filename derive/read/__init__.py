"""Reads what others wrote: gradient code, as something that can be called.

Everything here runs beside foreign code, in a process of its own: NumPy and msgspec, no SymPy.
"""
