"""From a formula as it was written to an expression over the network's quantities."""

from derive.errata.meaning.letters import index_letters, letters_of
from derive.errata.meaning.meaning import Meaning
from derive.errata.meaning.powers import labelled
from derive.errata.meaning.values import STAND_IN, Unclear, Value, size

__all__ = ["STAND_IN", "Meaning", "Unclear", "Value", "index_letters", "labelled", "letters_of", "size"]
