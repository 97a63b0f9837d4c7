"""The smallest change that makes a wrong formula right: another index, a sign, a factor that was left out."""

from derive.errata.repair.places import Repair
from derive.errata.repair.repair import repairs
from derive.errata.repair.slopes import is_slope

__all__ = ["Repair", "is_slope", "repairs"]
