"""Optimisers as named equations, in the form of the network's own: how one update makes new weights of old ones.

Each is one entry of one table, as text: `w` stands for any trained parameter, `gradient` for ∂E/∂w, `eta` for the
learning rate, `t` for the number of the update, from 1. What an optimiser keeps from one update to the next stands
bare for its value before (m) and with _new for that after (m_new). Everything else that is not defined is a constant.

Definitions and letters are those of PyTorch's `torch.optim`. The hand-written side has a table of its own
(`derive.vocabulary.OPTIMISERS`); nothing is shared between the two but names and usual values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

from derive.expression import (
    ONE,
    ZERO,
    Add,
    Call,
    Diff,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Var,
    names,
    product,
    rename,
    total,
)
from derive.spec import Model, Spec
from derive.vocabulary import OPTIMISERS as BY_HAND

NEW = "_new"
COUPLED = "g = gradient + weight_decay*w"
"""Weight decay as an L2 penalty would act: through the derivative, and so through all that is made of it."""
DECOUPLED = "wbar = w - eta*weight_decay*w"
"""Weight decay beside the derivative, which never sees it. Loshchilov & Hutter, ICLR 2019, algorithm 2."""
MOMENTS = ("m_new = beta1*m + (1 - beta1)*g", "v_new = beta2*v + (1 - beta2)*g^2")
UNBIASED = ("mhat = m_new/(1 - beta1^t)", "vhat = v_new/(1 - beta2^t)")

OPTIMISERS: dict[str, tuple[str, ...]] = {
    "gradient descent": (COUPLED, "w_new = w - eta*g"),
    "momentum": (COUPLED, "b_new = mu*b + g", "w_new = w - eta*b_new"),
    "nesterov": (COUPLED, "b_new = mu*b + g", "w_new = w - eta*(g + mu*b_new)"),
    "adagrad": (COUPLED, "s_new = s + g^2", "w_new = w - eta*g/(sqrt(s_new) + epsilon)"),
    "adadelta": (
        COUPLED, "v_new = rho*v + (1 - rho)*g^2", "d = sqrt(u + epsilon)/sqrt(v_new + epsilon)*g",
        "u_new = rho*u + (1 - rho)*d^2", "w_new = w - eta*d",
    ),
    "rmsprop": (COUPLED, "v_new = alpha*v + (1 - alpha)*g^2", "w_new = w - eta*g/(sqrt(v_new) + epsilon)"),
    "adam": (COUPLED, *MOMENTS, *UNBIASED, "w_new = w - eta*mhat/(sqrt(vhat) + epsilon)"),
    "adamw": (
        DECOUPLED, "g = gradient", *MOMENTS, *UNBIASED, "w_new = wbar - eta*mhat/(sqrt(vhat) + epsilon)",
    ),
    "nadam": (
        COUPLED,
        "mu_now = beta1*(1 - 0.5*exp(t*momentum_decay*log(0.96)))",
        "mu_next = beta1*(1 - 0.5*exp((t + 1)*momentum_decay*log(0.96)))",
        "p_new = p*mu_now", *MOMENTS,
        "mbar = mu_next/(1 - p_new*mu_next)*m_new + (1 - mu_now)/(1 - p_new)*g", UNBIASED[1],
        "w_new = w - eta*mbar/(sqrt(vhat) + epsilon)",
    ),
}  # fmt: skip
"""An equation that comes to a bare name, as g does without weight decay, is none: the name stands in its place."""

ANY = Var("w")
"""Any trained parameter: what the equations are about where they are written once for all."""
TOTAL = Var("total")


class Update:
    """The equations of one update by one optimiser.

    constants: those of the optimiser, by their names in the vocabulary. One that is 0 takes its terms with it, and
        an equation that is left with a bare name on its right side goes too.
    number: of the update, from 1.
    """

    def __init__(self, name: str, constants: Mapping[str, Decimal], number: int = 1) -> None:
        self.name = name
        self.number = number
        self.values = {constant: Fraction(value) for constant, value in constants.items()}
        self._first = BY_HAND[name].first
        self._states = BY_HAND[name].state

    @cached_property
    def templates(self) -> Mapping[str, Expr]:
        """The right sides by the names that they define, in order, with names as the table has them."""
        zero = {name: ZERO for name, value in self.values.items() if value == 0}
        known: dict[str, Expr] = {"t": Num(Fraction(self.number)), **zero}
        made: dict[str, Expr] = {}
        for line in OPTIMISERS[self.name]:
            name, formula = line.split(" = ")
            rhs = shortened(rename(_read(formula), lambda v: known.get(v.kind, v)))
            if isinstance(rhs, Var | Num) and name != f"w{NEW}":
                known[name] = rhs
            else:
                made[name] = rhs
        return made

    @cached_property
    def shared(self) -> frozenset[str]:
        """The names that are the same for all parameters: no weight and no derivative is in them."""
        own = {"w", "gradient", *(name for name in self._states if f"{name}{NEW}" not in self.templates)}
        for name, rhs in self.templates.items():
            if any(part.kind in own for part in names(rhs)):
                own.add(name)
        own |= {name.removesuffix(NEW) for name in own}
        return frozenset({*self.templates, *self._states} - own)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The names of what is kept from one update to the next, of those that an equation mentions."""
        mentioned = {part.kind for rhs in self.templates.values() for part in names(rhs)}
        return tuple(name for name in self._states if name in mentioned)

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """The names of the constants that an equation mentions."""
        mentioned = {part.kind for rhs in self.templates.values() for part in names(rhs)}
        return tuple(name for name in self.values if name in mentioned)

    @property
    def plain(self) -> bool:
        """Whether this is w⁺ = w − η ∂E/∂w and nothing more."""
        return len(self.templates) == 1

    def first(self, state: str) -> Fraction:
        """Return what a state is before the first update."""
        return Fraction(self._first.get(state, 0))

    def name_of(self, template: str, parameter: Var) -> Var:
        """Return the quantity that is called `template` in the table, for one parameter.

        Before the update m is Var("m.w", …) with the place of its weight, after it Var("m.w+", …); what all
        parameters share has no place.
        """
        stem = template.removesuffix(NEW)
        plus = "+" if stem != template else ""
        if stem == "w":
            return Var(f"{parameter.kind}{plus}", parameter.layer, parameter.index)
        if stem in self.shared:
            return Var(f"{stem}{plus}")
        return Var(f"{stem}.{parameter.kind}{plus}", parameter.layer, parameter.index)

    def of(self, parameter: Var = ANY) -> dict[Var, Expr]:
        """Return the equations for one parameter, each after those that it stands on; the new parameter comes last."""
        return {self.name_of(name, parameter): self.formula(name, parameter) for name in self.templates}

    def names(self, parameter: Var) -> tuple[Var, ...]:
        """Return what the update is made of, for one parameter: states before it, then all that it defines."""
        return tuple(self.name_of(name, parameter) for name in (*self.states, *self.templates))

    def formula(self, template: str, parameter: Var) -> Expr:
        """Return the right side of one equation for one parameter."""
        local = {"w", *self.templates, *self.states}

        def new(name: Var) -> Expr:
            if name.kind == "gradient":
                return Diff(TOTAL, parameter)
            return self.name_of(name.kind, parameter) if name.kind in local else name

        return rename(self.templates[template], new)

    def template(self, name: Var) -> str | None:
        """Return what the table calls `name`, which is a quantity of the update; None where it is none."""
        stem, _, kind = name.kind.removesuffix("+").partition(".")
        if name.kind in ("w+", "b+"):
            stem = "w"
        elif (kind == "") != (stem in self.shared):
            return None
        found = stem + (NEW if name.kind.endswith("+") else "")
        return found if found in self.templates or (found != "w" and found in self.states) else None

    def parameter(self, name: Var) -> Var:
        """Return the parameter that a quantity of the update belongs to."""
        stem, _, kind = name.kind.removesuffix("+").partition(".")
        return Var(kind or stem, name.layer, name.index)


def first_update(spec: Spec | Model) -> Update:
    """Return the first update of the optimiser that a spec chooses."""
    chosen = spec.training.optimiser
    return Update(chosen.name, chosen.constants)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=256)
def _read(formula: str) -> Expr:
    """Return a formula of the table, whose operators Python reads as we do, but for ^."""
    return _expression(ast.parse(formula.replace("^", "**"), mode="eval").body)


def _expression(node: ast.expr) -> Expr:
    match node:
        case ast.Name(name):
            return Var(name)
        case ast.Constant(value):
            return Num(Fraction(repr(value)))
        case ast.Call(ast.Name(fn), [arg]):
            return Call(fn, _expression(arg))
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right):
            first, last = _expression(left), _expression(right)
            terms = first.args if isinstance(first, Add) else (first,)
            return Add((*terms, Neg(last) if isinstance(sign, ast.Sub) else last))
        case ast.BinOp(left, ast.Mult(), right):
            first = _expression(left)
            return Mul((*(first.args if isinstance(first, Mul) else (first,)), _expression(right)))
        case ast.BinOp(left, ast.Div(), right):
            return Div(_expression(left), _expression(right))
        case ast.BinOp(left, ast.Pow(), right):
            # A power whose exponent is the number of the update is written out when that is known.
            return Call("^", Mul((_expression(left), _expression(right))))
    raise TypeError(ast.dump(node))


def shortened(e: Expr) -> Expr:
    """Return `e` without terms that are 0 and factors that are 1."""
    match e:
        case Add(args):
            terms = [term for term in map(shortened, args) if term not in (ZERO, Neg(ZERO))]
            if terms and all(isinstance(term, Num) for term in terms):
                return Num(sum((term.value for term in _numbers(terms)), Fraction(0)))
            return total(terms)
        case Mul(args):
            factors = [factor for factor in map(shortened, args) if factor != ONE]
            return ZERO if ZERO in factors else product(factors)
        case Neg(arg):
            return Neg(shortened(arg))
        case Div(num, den):
            top, bottom = shortened(num), shortened(den)
            return top if top == ZERO or bottom == ONE else Div(top, bottom)
        case Call("^", Mul((base, exponent))):
            power = shortened(exponent)
            assert isinstance(power, Num), "an exponent is a number once t is known"
            return ZERO if shortened(base) == ZERO else Pow(shortened(base), int(power.value))
        case Call(fn, arg):
            inner = shortened(arg)
            return ONE if fn == "exp" and inner == ZERO else Call(fn, inner)
    return e


def _numbers(terms: list[Expr]) -> Iterator[Num]:
    return (term for term in terms if isinstance(term, Num))
