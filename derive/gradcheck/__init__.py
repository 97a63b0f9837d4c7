"""Verifies gradients that others calculate: proves a program right, or says what is wrong with it.

    derive.verify("mazur", "student.py")          # in a sandbox
    derive.verify(network, my_gradients)          # a function of your own, in this process

See `derive.gradcheck.judge` for how, and `derive.gradcheck.verdicts.Outcome` for what comes back.
"""

from __future__ import annotations

from derive.gradcheck.run import verify
from derive.gradcheck.verdicts import Convention, Outcome, Reason, Row, Why

__all__ = ["Convention", "Outcome", "Reason", "Row", "Why", "verify"]
