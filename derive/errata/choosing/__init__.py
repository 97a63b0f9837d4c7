"""How the author's names are meant: of all ways to read them, that by which most of what is printed comes true."""

from derive.errata.choosing.choosing import choose
from derive.errata.choosing.chosen import Chosen
from derive.errata.choosing.telling import told

__all__ = ["Chosen", "choose", "told"]
