"""Derivation → document blocks → LaTeX, HTML, JSON, terminal. What is drawn is data; words live in catalogues."""
