"""Why a number or a formula is wrong: slips of the pen, the smallest change that mends it, mistakes that have names."""

from derive.errata.causes.causes import Causes

__all__ = ["Causes"]
