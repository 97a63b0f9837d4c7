"""What a Python session sees: load a network, derive it, look at steps, check them, write a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from derive import spec as specs
from derive.derivation import Derivation, Number, Rule, Step
from derive.errors import DeriveError, shown
from derive.expression import At, Diff, Expr, Var
from derive.notation import Notation, checked, model_notation, notation
from derive.optimisers import Update
from derive.render.maths import LATEX, TEXT, Printer
from derive.render.numbers import decimals, long_decimal
from derive.spec import Model, Spec

if TYPE_CHECKING:
    from derive.errata import Errata
    from derive.forms import Comparison
    from derive.gradcheck import Outcome
    from derive.hessian import Hessian
    from derive.jacobian import Jacobian
    from derive.reporting import Report
    from derive.training import Run
    from derive.verification import Verification

TOTAL = Var("total")


def load(name: str | Path) -> Network:
    """Return the network or the model of a preset ("mazur", "logistic") or of a TOML file. Raises DeriveError."""
    source = specs.source(name)
    made = specs.load(name)
    return Network(made if isinstance(made, Model) else checked(made, source))


def network(**fields: Any) -> Network:
    """Return a network from the fields of a spec, as a TOML file would have them.

    >>> network(inputs=[0.05, 0.1], targets=[1], layers=[{"size": 1, "weights": [[0.5, -0.5]]}]).spec.sizes
    (2, 1)

    Numbers may be int, float, Decimal or text; 0.05 means 1/20. Raises DeriveError.
    """
    source = "network(…)"
    return Network(checked(specs.layered(specs.build(fields, source=source), source), source))


def model(equations: Mapping[str, str], **fields: Any) -> Network:
    """Return a model of equations, from the tables of its file.

    >>> made = model({"z": "w*x", "L": "(z - 1)^2"}, of={"loss": "L", "parameters": ["w"]}, values={"w": 2, "x": 3})
    >>> made.derive().value("z")
    Fraction(6, 1)

    Numbers may be int, float, Decimal or text, arrays lists or NumPy's; 0.05 means 1/20. Raises DeriveError.
    """
    return Network(specs.build({"equations": dict(equations), **fields}, source="model(…)", name="model"))


class Network:
    """A network that has been read and found to be sound."""

    def __init__(self, spec: Spec | Model) -> None:
        self.spec = spec

    def __repr__(self) -> str:
        if isinstance(self.spec, Model):
            equations = len(self.spec.equations)
            return f"<model {self.spec.name}: {equations} equations, {self.spec.parameter_count:,} parameters>"
        shape = "-".join(map(str, self.spec.sizes))
        return f"<network {self.spec.name}: {shape}, {self.spec.parameter_count:,} parameters, {self.spec.loss}>"

    def derive(
        self,
        *,
        notation: str | None = None,
        digits: int = 9,
        step: int = 1,
        progress: Callable[[str, int, int], None] = lambda what, done, whole: None,
    ) -> Derived:
        """Return the derivation of ∂E/∂w for every weight and bias, and of their update.

        notation: "mazur" or "indexed"; the spec's own when left out.
        digits: how many significant digits are printed.
        step: the number of the update, from 1. Before a later one all updates up to it are calculated to 50 digits.
        Raises DeriveError for a step that is none, or too far.
        """
        from derive.differentiate import derive

        names = _names(self.spec, notation)
        return Derived(derive(self.spec, names, step=step, progress=progress), names, digits)

    def train(
        self,
        steps: int | None = None,
        *,
        states: Iterable[int] | None = None,
        progress: Callable[[str, int, int], None] = lambda what, done, whole: None,
    ) -> Run:
        """Train the network as its file says, and return the run: its errors, its states, the network that came out.

        steps: how many updates; the file's own when left out.
        states: after which numbers of updates the state is kept; after 0, 1, 10, 100, … and the last when left out.
        Raises DeriveError, also when the error is no longer finite.
        """
        from derive.training import run

        return run(specs.layered(self.spec, self.spec.name), steps, states=states, progress=progress)


def verify(network: Network | Spec | str | Path, code: Any, **options: Any) -> Outcome:
    """Return what is known of the gradient that `code` calculates for `network`.

    network: a preset's name, the path of a TOML file, or what `load` and `network` return.
    code: the path of a Python file, which runs in a sandbox; or a function, class or module of your own, which runs
        in this process.
    options: those of `derive.gradcheck.run.verify`.

    >>> def gradients(parameters, x, t):
    ...     return {"W1": (x @ parameters["W1"].T - t).T @ x}
    >>> line = network(inputs=[1, 2], targets=[1], layers=[{"size": 1, "activation": "identity", "bias": "none"}])
    >>> verify(line, gradients).kind
    'proved'

    Raises DeriveError.
    """
    from derive import gradcheck

    made = load(network) if isinstance(network, str | Path) else network
    spec = made.spec if isinstance(made, Network) else made
    if not isinstance(spec, Spec | Model):
        raise DeriveError(
            f"found {shown(network)}", where="network", allowed="a preset, a TOML file, derive.network(…)"
        )
    return gradcheck.verify(specs.layered(spec, spec.name), code, **options)


def proofread(document: str | Path, network: Network | Spec | str | Path | None = None, **options: Any) -> Errata:
    """Return every claim that a document makes, with its verdict, and what is wrong explained.

    document: the path of a document: Markdown, LaTeX, reStructuredText, a notebook, HTML or plain text.
    network: what it is about: a preset's name, the path of a TOML file, or what `load`, `network` and `model` return;
        taken from the document itself where none is given.
    options: those of `derive.errata.check`.

    Raises DeriveError.
    """
    from derive import errata
    from derive.read.document import read

    made = load(network) if isinstance(network, str | Path) else network
    spec = made.spec if isinstance(made, Network) else made
    if spec is not None and not isinstance(spec, Spec | Model):
        raise DeriveError(
            f"found {shown(network)}", where="network", allowed="a preset, a TOML file, derive.network(…)"
        )
    return errata.check(read(document), spec=spec, **options)


def _names(spec: Spec | Model, style: str | None) -> Notation:
    return model_notation(spec) if isinstance(spec, Model) else notation(spec, style)


class Derived:
    """A network's derivation. `derived["w5"]` is the derivative by one parameter."""

    def __init__(self, derivation: Derivation, names: Notation, digits: int) -> None:
        self.derivation = derivation
        self.notation = names
        self.digits = digits

    @property
    def spec(self) -> Spec | Model:
        return self.derivation.spec

    def __repr__(self) -> str:
        return f"<derivation of {self.spec.name}: {len(self)} derivatives>"

    def __len__(self) -> int:
        return len(self.derivation.parameters)

    def __iter__(self) -> Iterator[Gradient]:
        """Yield the derivative by each parameter, layer by layer."""
        return (Gradient(self, name) for name in self.derivation.parameters)

    def __getitem__(self, name: str) -> Gradient:
        """Return the derivative by what the notation calls `name`, any quantity that has one. Raises DeriveError."""
        return Gradient(self, self.quantity(name))

    def quantity(self, name: str) -> Var:
        """Return what the notation calls `name`, to differentiate the error by. Raises DeriveError."""
        return self.notation.quantity(name)

    def value(self, name: str) -> Number:
        """Return the value at the given point of any quantity that the notation names, to 50 digits."""
        try:
            found = self.notation.find(name)
        except DeriveError:
            if (of_update := self._of_update(name)) is None:
                raise
            found = of_update
        return self.derivation.values[found]

    def _of_update(self, name: str) -> Var | None:
        """Return the quantity of the optimiser that the notation calls `name`: a constant, a state, …"""
        chosen = self.spec.training.optimiser
        update = Update(chosen.name, chosen.constants, self.derivation.step)
        known = (
            *(Var(constant) for constant in update.constants),
            *(each for parameter in self.derivation.parameters for each in update.names(parameter)),
        )
        return next((each for each in known if self.notation.label(each).ascii == name), None)

    def printer(self, *, latex: bool) -> Printer:
        return Printer(LATEX if latex else TEXT, self.notation, self.derivation.values, self.digits)

    def check(self, *, only: Sequence[str] | None = None, seed: int = 0) -> Verification:
        """Check every step and every number. See `derive.verification`."""
        from derive.verification import verify

        names = None if only is None else [self.quantity(name) for name in only]
        return verify(self.derivation, names, seed=seed)

    def report(
        self,
        directory: str | Path,
        *,
        formats: Sequence[str] = ("tex", "pdf", "html", "json"),
        only: Sequence[str] | None = None,
        language: str = "en",
        seed: int = 0,
        progress: Callable[[str, int, int], None] = lambda what, done, whole: None,
        form: str = "named",
        training: Run | None = None,
    ) -> Report:
        """Check the derivation and write its report into `directory`, whole or not at all.

        formats: of "tex", "pdf" (which takes a pdflatex), "html", "json".
        only: what to differentiate by: parameters, or any quantity; all parameters when None.
        form: "named" (step by step), "expanded" (down to what is given), "matrix" or "index".
        training: a run of the network, whose curve the report is to show; see `Network.train`.
        Raises DeriveError where an argument is no good or the directory cannot be written.
        """
        from derive.backprop import check_reach
        from derive.reporting import write

        if isinstance(self.spec, Spec):
            check_reach(self.spec)
        chosen = None if only is None else [self.quantity(name) for name in dict.fromkeys(only)]
        return write(
            self.derivation, self.notation, Path(directory), digits=self.digits, formats=formats, only=chosen,
            language=language, seed=seed, progress=progress, form=form, training=training,
        )  # fmt: skip

    def forms(
        self,
        *,
        only: Sequence[str] | None = None,
        seed: int = 0,
        progress: Callable[[str, int, int], None] = lambda what, done, whole: None,
    ) -> Comparison:
        """Compare the named, written-out, matrix and index forms of every derivative. See `derive.forms`."""
        from derive.forms import compare

        names = list(self.derivation.parameters) if only is None else [self.quantity(name) for name in only]
        return compare(self.derivation, names, seed=seed, progress=progress)

    def hessian(self, *, only: Sequence[str] | None = None) -> Hessian:
        """Return the second derivatives of the error, by all parameters or some of them. See `derive.hessian`.

        >>> float(load("mazur").derive().hessian()["w1", "w5"])
        0.001571561207784091
        """
        from derive.hessian import Hessian

        names = None if only is None else [self.notation.quantity(name) for name in only]
        return Hessian(self.derivation, self.notation, digits=self.digits, parameters=names)

    def jacobian(self) -> Jacobian:
        """Return the derivatives of the outputs by the inputs, sample by sample. See `derive.jacobian`."""
        from derive.jacobian import Jacobian

        return Jacobian(self.derivation, self.notation, digits=self.digits)


class Gradient:
    """∂E/∂w for one weight or bias."""

    def __init__(self, derived: Derived, parameter: Var) -> None:
        self._derived = derived
        self.parameter = parameter

    @property
    def name(self) -> str:
        return self._derived.notation.label(self.parameter).ascii

    @property
    def key(self) -> Diff:
        return Diff(TOTAL, self.parameter)

    @property
    def steps(self) -> Steps:
        """Every step that this derivative stands on, each after what it uses."""
        derivation = self._derived.derivation
        return Steps(self._derived, derivation.chain(*derivation.about(self.parameter)))

    @property
    def formula(self) -> Expr:
        """The derivative in its simplest named form: δ·out, or a sum of such."""
        return self._derived.derivation.passages[self.key].result

    @property
    def value(self) -> Number:
        """The derivative at the given point, to 50 digits."""
        return self._derived.derivation.values[self.key]

    @property
    def latex(self) -> str:
        printer = self._derived.printer(latex=True)
        return f"{printer.write(self.key)} = {printer.write(self.formula)}"

    def decimal(self, digits: int = 50) -> str:
        """Return the value as a decimal of so many significant digits."""
        return f"{long_decimal(self.value, digits)}"

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        printer = self._derived.printer(latex=False)
        made = decimals(self.value, self._derived.digits)
        return f"{printer.write(self.key)} = {printer.write(self.formula)} {made.relation} {made.pretty}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_latex_(self) -> str:
        made = decimals(self.value, self._derived.digits)
        sign = "=" if made.exact else "\\approx"
        return f"$\\displaystyle {self.latex} {sign} {made.latex}$"


class Steps(Sequence["ShownStep"]):
    """Steps that show themselves: as lines in a terminal, as formulas in a notebook."""

    def __init__(self, derived: Derived, steps: Sequence[Step]) -> None:
        self._derived = derived
        self._steps = steps

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, place: int) -> ShownStep: ...
    @overload
    def __getitem__(self, place: slice) -> Steps: ...
    def __getitem__(self, place: int | slice) -> ShownStep | Steps:
        if isinstance(place, slice):
            return Steps(self._derived, self._steps[place])
        return ShownStep(self._derived, self._steps[place])

    def __repr__(self) -> str:
        width = max((len(step.rule.name) for step in self._steps), default=0)
        return "\n".join(f"{step.rule.name:<{width}}  {ShownStep(self._derived, step)}" for step in self._steps)

    def _repr_latex_(self) -> str:
        rows = " \\\\\n".join(ShownStep(self._derived, step).aligned for step in self._steps)
        return f"$$\\begin{{aligned}}\n{rows}\n\\end{{aligned}}$$"


class ShownStep:
    """One step with the names to print it by."""

    def __init__(self, derived: Derived, step: Step) -> None:
        self._derived = derived
        self.step = step

    @property
    def id(self) -> str:
        return self.step.id

    @property
    def rule(self) -> type[Rule]:
        """The theorem that the step applies, as the docstring of a class."""
        return self.step.rule

    @property
    def uses(self) -> tuple[str, ...]:
        return self.step.uses

    @property
    def lhs(self) -> Expr:
        return self.step.lhs

    @property
    def rhs(self) -> Expr:
        return self.step.rhs

    @property
    def latex(self) -> str:
        return self.aligned.replace("&", "", 1)

    @property
    def aligned(self) -> str:
        """The step as LaTeX, with & before its first relation."""
        printer = self._derived.printer(latex=True)
        lhs = printer.write(self.lhs)
        return f"{lhs} &" + self._rest(printer, "\\approx ")

    def _rest(self, printer: Printer, about: str) -> str:
        if not isinstance(self.rhs, At):
            return f"= {printer.write(self.rhs)}"
        sign = "= " if printer.exact(self.rhs.arg) else about
        numbers = printer.write(self.rhs)
        made = printer.number(self.rhs)
        value = printer.dialect.number(made)
        first = f"{sign}{numbers}"
        return first if value == numbers else f"{first} {'= ' if made.exact else about}{value}"

    def __str__(self) -> str:
        printer = self._derived.printer(latex=False)
        return f"{printer.write(self.lhs)} {self._rest(printer, '≈ ')}"

    def __repr__(self) -> str:
        return f"<{self.rule.name}: {self}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"
