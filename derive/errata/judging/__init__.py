"""Judges what a document says, one statement after another, each by itself and by what stands before it."""

from derive.errata.judging.judge import Judge

__all__ = ["Judge"]
