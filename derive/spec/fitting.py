"""Whether a loss makes sense of what the last layer gives, and of the targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.errors import DeriveError
from derive.vocabulary import ACTIVATIONS, LOSSES, Refusal, bind, split

if TYPE_CHECKING:
    from derive.spec.network import Spec


def check_fit(spec: Spec) -> None:
    """Raise DeriveError, with the reason and with what would make sense, unless the loss fits."""
    _check_outputs(spec)
    _check_targets(spec)


def _check_outputs(spec: Spec) -> None:
    loss, last = bind(LOSSES, spec.loss), spec.layers[-1].activation
    name, gives = split(last)[0], bind(ACTIVATIONS, last).outputs
    refusal = loss.refuses.get(name)
    if refusal is None and gives.inside(loss.outputs):
        return
    fitting = [
        name for name, row in ACTIVATIONS.items() if row.outputs.inside(loss.outputs) and name not in loss.refuses
    ]
    reason = f"{spec.loss} takes outputs {loss.outputs}, and {last} gives {gives}"
    usual = "identity" if "identity" in fitting else fitting[0] if fitting else ""
    other = f'activation = "{usual}" in the last layer, or ' if usual else ""
    raise DeriveError(
        f"{spec.loss} on top of {last} makes no sense: {refusal.reason}" if refusal else reason, where="loss",
        allowed=f"with {spec.loss}, {_either(fitting)} in the last layer",
        hint=f'{other}loss = "{_instead(name, refusal)}"',
    )  # fmt: skip


def _either(names: Sequence[str]) -> str:
    if not names:
        return "no activation"
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _instead(activation: str, refusal: Refusal | None) -> str:
    """Return a loss that makes sense on top of `activation`."""
    if refusal is not None:
        return refusal.instead
    logs = "negative log-likelihood"  # the cross-entropy of what are logarithms already
    return logs if ACTIVATIONS[activation].outputs.inside(LOSSES[logs].outputs) else "half squared error"


def _check_targets(spec: Spec) -> None:
    loss = bind(LOSSES, spec.loss)
    for number, row in enumerate(spec.targets):
        for column, value in enumerate(row):
            if value not in loss.targets:
                raise DeriveError(
                    f"{value} is no target for {spec.loss}", where=f"targets[{number}][{column}]",
                    allowed=f"with {spec.loss}, targets {loss.targets}",
                )  # fmt: skip
