"""What slip of the pen explains a printed number: digits swapped, a sign, the value of another quantity.

A slip explains a number only digit by digit: made in the right value, which is then rounded or truncated to as many
digits as are printed, it must give what is printed. And it must be telling: of the numbers with as many digits, no
more than `CHANCE` may be explained by a slip of that kind. So short numbers are hardly ever explained.
"""

from derive.errata.slips.finding import Slip, slips

__all__ = ["Slip", "slips"]
