"""`derive check`: documents judged, and what is said: errata, a page, JSON, SARIF, a corrected copy."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from derive.cli.arguments import check_directory
from derive.cli.console import note, out, progress, say
from derive.errors import DeriveError, shown
from derive.files import write_all

if TYPE_CHECKING:
    from derive.errata.data import Judged
    from derive.errata.findings import Errata
    from derive.read.document import Document
    from derive.spec import Model, Spec

MOST = 2**20  # bytes of a side file


class Outputs(NamedTuple):
    """What is written, besides what is printed."""

    html: Path | None = None
    spec: Path | None = None
    fixed: Path | None = None
    sarif: Path | None = None

    @property
    def of_one(self) -> dict[str, Path | None]:
        """Those that are about one document, by their options."""
        return {"--html": self.html, "--write-spec": self.spec, "--fix": self.fixed}


def run(
    paths: Sequence[Path], spec: Spec | Model | None, *, side: Path | None, decimal_comma: bool, seed: int | None,
    outputs: Outputs, as_json: bool, github: bool, explain: bool, language: str, quiet: bool,
) -> int:  # fmt: skip
    """Check documents, print and write what came out, and return the exit code of the worst."""
    check_outputs(paths, outputs, inferred=spec is None)
    if as_json and github:
        raise DeriveError("--json and --github would print into each other", hint="--json, and --sarif out.sarif")
    added = None if side is None else read_side(side)
    documents = [_document(path) for path in paths]

    from derive.errata import check
    from derive.errata.data import all_as_json, overall

    judged: list[Judged] = []
    for path, document in zip(paths, documents, strict=True):
        with progress(quiet or as_json) as told:
            try:
                made = check(
                    document, spec=spec, side=added, decimal_comma=decimal_comma, seed=seed, progress=told, workers=None
                )  # fmt: skip
            except DeriveError as error:
                raise error if error.where else error.inside(str(path)) from None
        judged.append((made, document))
        if not quiet and not as_json:
            if len(judged) > 1:
                say("")
            _print(made, document, language, explain=explain, github=github)
    said = _write(judged, paths, outputs, language)
    if as_json:
        print(all_as_json(judged, language))
    elif not quiet:
        for line in said:
            say(line)
    return overall(errata.exit_code for errata, _ in judged)


# ── Before the work ──────────────────────────────────────────────────────────────────────────────────────────────


def check_outputs(paths: Sequence[Path], outputs: Outputs, *, inferred: bool) -> None:
    """Raise DeriveError for files that cannot be written, or must not be."""
    for option, path in outputs.of_one.items():
        if path is not None and len(paths) > 1:
            raise DeriveError(f"{len(paths)} documents, but one file", where=option, hint="one document at a time")
    if outputs.spec is not None and not inferred:
        raise DeriveError(
            "it writes the network that was taken from the document, but one is given", where="--write-spec",
            hint="leave --network out",
        )  # fmt: skip
    seen: dict[str, str] = {}
    for option, path in {**outputs.of_one, "--sarif": outputs.sarif}.items():
        if path is None:
            continue
        if not path.name or path.name.startswith(".derive-") or path.is_dir():
            raise DeriveError("this is no name for a file", where=f"{option} {path}", hint="another name")
        for document in paths:
            if _same(path, document):
                raise DeriveError(
                    "this is the document itself, which stays as it is", where=f"{option} {path}", hint="another name"
                )
        if (other := seen.setdefault(os.path.realpath(path), option)) != option:
            raise DeriveError(f"{other} has the same name", where=f"{option} {path}", hint="another name")
        check_directory(path.parent)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.realpath(one) == os.path.realpath(other) or one.samefile(other)
    except OSError:  # one of them does not exist
        return False


def read_side(path: Path) -> Mapping[str, object]:
    """Return what a side file says. Raises DeriveError where it is no TOML."""
    from derive.spec import toml

    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise DeriveError(f"cannot be read: {error.strerror}", where=str(path), hint="--with side.toml") from None
    except UnicodeDecodeError:
        raise DeriveError("this is no text in UTF-8", where=str(path), hint="--with side.toml") from None
    except ValueError as error:  # a null character in its name
        raise DeriveError(f"this is no name of a file: {error}", where=shown(str(path))) from None
    if len(data) > MOST:
        raise DeriveError("the file is too large", where=str(path), allowed=f"at most {MOST:,} bytes")
    return toml.parse(text, str(path))


def _document(path: Path) -> Document:
    from msgspec.structs import replace

    from derive.read.document import read

    made = read(path)
    # SARIF and GitHub look for the file by this name.
    return made if made.name == str(path) else replace(made, name=str(path))


# ── After it ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _print(errata: Errata, document: Document, language: str, *, explain: bool, github: bool) -> None:
    from derive.cli.errata import show
    from derive.errata.annotations import as_github
    from derive.errata.telling import tell

    told = tell(errata, document, language, explain=explain)
    if not github:
        show(told)
        return
    for line in as_github(errata, document, language):
        out.print(line, markup=False, soft_wrap=True)
    # What is shown of a document must not be obeyed as a command, should it begin with "::".
    word = secrets.token_hex(12)
    out.print(f"::stop-commands::{word}", markup=False, soft_wrap=True)
    show(told)
    out.print(f"::{word}::", markup=False, soft_wrap=True)


def _write(judged: Sequence[Judged], paths: Sequence[Path], outputs: Outputs, language: str) -> list[str]:
    """Write what was asked for; return lines that say what was."""
    from derive.errata.annotations import as_sarif
    from derive.errata.page import page

    said: list[str] = []
    errata, document = judged[0]
    if outputs.fixed is not None:
        said += _fix(errata, document, paths[0], outputs.fixed, language)
    if outputs.spec is not None:
        if errata.inferred:
            _write_one(outputs.spec, errata.inferred)
            said.append(f"  {outputs.spec}")
        else:
            note(f"{outputs.spec} was not written: no network could be taken from the document")
    if outputs.html is not None:
        _write_one(outputs.html, page(errata, document, language))
        said.append(f"  {outputs.html}")
    if outputs.sarif is not None:
        _write_one(outputs.sarif, as_sarif(judged, language))
        said.append(f"  {outputs.sarif}")
    return said


def _fix(errata: Errata, document: Document, path: Path, target: Path, language: str) -> list[str]:
    from derive.errata.mending import encoded, mend
    from derive.errata.telling import tell_changes

    text, changes = mend(document, errata)
    original = path.read_bytes()
    # A copy is written in any case: one that an earlier run left must not be taken for today's.
    _write_one(target, encoded(document, text, original) if changes else original)
    return list(tell_changes(errata, document, changes, str(target), language))


def _write_one(path: Path, content: str | bytes) -> None:
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    write_all(path.parent, {path.name: data})
