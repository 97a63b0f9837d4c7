"""For tests of gradient code.

    from derive.testing import assert_gradient

    def test_my_backprop():
        assert_gradient("mazur", my_gradients)

A failure reads like a review: parameter, expected, found, the step that is contradicted, and the mistake's name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.api import Network
    from derive.gradcheck import Outcome
    from derive.spec import Spec


def assert_gradient(
    network: Network | Spec | str | Path, code: Any, *, proved: bool = False, language: str = "en", **options: Any
) -> Outcome:
    """Fail unless `code` calculates the gradient of `network`; return what is known of it.

    proved: whether it must be proved, and not merely agree.
    language, options: see `derive.verify`.

    Raises AssertionError with what `derive verify` would print; DeriveError where an argument is no good.
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    from derive.api import Network, load, verify
    from derive.gradcheck.data import plain
    from derive.gradcheck.telling import tell

    made = load(network) if isinstance(network, str | Path) else network
    outcome = verify(made, code, **options)
    if outcome.kind == "proved" or (outcome.passed and not proved):
        return outcome
    spec = made.spec if isinstance(made, Network) else made
    raise AssertionError("\n" + plain(tell(outcome, spec.name, language)))
