"""What the names of an author stand for in a layered network: every reading that there is, and which of them he means.

A name has a form (letter, kind of scripts), and a form has ways of being read: y may be a target or an output, w_12 may
lead to neuron 1 or from it. All names of one form are read in one way. The document's own numbers and formulas say in
which: the way by which most of what is printed comes true. So an error in one place does not change the reading.
"""

from derive.errata.naming.forms import Forms
from derive.errata.naming.refs import Place, Reading, Ref, exists
from derive.errata.naming.scripts import form

__all__ = ["Forms", "Place", "Reading", "Ref", "exists", "form"]
