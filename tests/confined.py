"""Documents checked in a process of their own, with limits, and all that is said of them looked at.

What is a crash: any exception but DeriveError; a document that takes longer, or more memory, than it may; a page, JSON,
SARIF or annotations that cannot be made, or that let through what the document says as markup.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import tempfile
import time
import traceback
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

MEGABYTES = 300
SECONDS = 5.0  # of the processor, for a document of the usual size
USUAL, FORMULA = 500, 0.01  # seconds for each formula more: a script of 200 pages has 6,000 of them, and a minute
PATIENCE = 40.0  # seconds on the clock until a process is ended: the machine may be busy


class Input(NamedTuple):
    """A document: what its file holds, and the end of its name; the network that it is judged against, or ""."""

    data: bytes
    suffix: str
    network: str = ""


class Outcome(NamedTuple):
    """What became of a document.

    wrong: what is to be mended, "" for nothing.  verdict: on the document, or "refused".
    lines: what is said of it: why it is refused, why claims in it are undecided, why parts of it are not read.
    """

    wrong: str
    verdict: str
    lines: tuple[str, ...]
    seconds: float
    megabytes: float


def tried(given: Input, folder: Path) -> Outcome:
    """Check one document in this process, and write all there is to write about it."""
    path = folder / f"document{given.suffix}"
    path.write_bytes(given.data)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak so far is forgotten
    started = time.process_time()
    wrong = verdict = ""
    lines: tuple[str, ...] = ()
    formulas, judging = 0, 0.0
    try:
        verdict, lines, formulas, judging = _judged(path, given.network)
    except MemoryError:
        wrong = "out of memory"
    except Exception:
        wrong = traceback.format_exc()
    seconds, peak = time.process_time() - started, _peak()
    if not wrong and judging > SECONDS + FORMULA * max(0, formulas - USUAL):
        wrong = f"{judging:.1f} s for {formulas:,} formulas"
    elif not wrong and seconds > 2 * (SECONDS + FORMULA * max(0, formulas - USUAL)):
        wrong = f"{seconds:.1f} s with all that is written, for {formulas:,} formulas"
    if not wrong and peak > MEGABYTES:
        wrong = f"{peak:.0f} MB"
    return Outcome(wrong, verdict, lines, seconds, peak)


@cache
def _spec(network: str) -> Any:
    import derive

    return derive.load(network).spec if network else None


def _judged(path: Path, network: str) -> tuple[str, tuple[str, ...], int, float]:
    """Return the verdict, what is said, the number of formulas, and how long judging took."""
    from derive.errata import check
    from derive.errata.annotations import as_github, as_sarif
    from derive.errata.data import all_as_json
    from derive.errata.mending import mend
    from derive.errata.page import page
    from derive.errata.telling import tell
    from derive.errors import DeriveError
    from derive.read.document import read

    started = time.process_time()
    try:
        document = read(path)
        errata = check(document, spec=_spec(network), seed=1)
    except DeriveError as error:
        return "refused", (str(error),), 0, time.process_time() - started
    judging = time.process_time() - started
    size = len(document.text)
    for claim in errata.claims:
        assert 0 <= claim.start <= claim.end <= size, f"a claim at {claim.start}–{claim.end} of {size}"
        assert 0 <= claim.at <= claim.to <= size, f"a claim about {claim.at}–{claim.to} of {size}"
        assert claim.kind != "undecided" or claim.reason, "undecided, and not said why"
    for language in ("en", "zh"):
        tell(errata, document, language, explain=True)
    Page(page(errata, document))
    json.loads(all_as_json([(errata, document)]))
    assert json.loads(as_sarif([(errata, document)]))["version"] == "2.1.0"
    for line in as_github(errata, document):
        assert line.startswith(("::error ", "::warning ", "::notice ")), f"an annotation {line!r}"
        assert not {"\n", "\r"} & set(line), f"an annotation of several lines: {line!r}"
    mend(document, errata)
    said = [part.why for part in document.unread] + [claim.reason for claim in errata.claims if claim.reason]
    said += [why for reading in errata.readings for _, why in reading.doubts]
    return errata.kind, tuple(dict.fromkeys(said)), len(errata.readings), judging


class Page(HTMLParser):
    """Asserts that a page has only elements of its own, each closed, and nothing that acts."""

    EMPTY = frozenset(("meta", "br", "hr", "mspace", "wbr"))
    OWN = frozenset(
        (
            "html", "head", "meta", "title", "style", "body", "header", "main", "section", "nav", "footer", "article",
            "aside", "h1", "h2", "h3", "h4", "p", "div", "span", "pre", "code", "table", "thead", "tbody", "tr", "td",
            "th", "caption", "ul", "ol", "li", "a", "details", "summary", "mark", "ins", "del", "strong", "em", "br",
            "hr", "wbr", "dl", "dt", "dd", "small", "colgroup", "col", "b", "i",
        )
    )  # fmt: skip
    ODD = frozenset([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x09), *range(0x0E, 0x20), 0x7F])

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        assert not self.ODD.intersection(map(ord, set(page))), "a control character on the page"
        page.encode("utf-8")
        self.feed(page)
        self.close()
        assert not self.open, f"elements that are not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        formula = tag == "math" or "math" in self.open
        assert tag in self.OWN or (formula and tag.startswith("m")), f"<{tag}> on the page"
        for name, value in attrs:
            acts = name.startswith("on") or name in ("src", "srcset", "action", "formaction")
            assert not acts, f"{name} on the page"
            assert name != "href" or (value or "").startswith("#"), f"href={value} on the page"
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        last = self.open[-1] if self.open else ""
        assert last == tag, f"</{tag}> closes <{last}>"
        self.open.pop()

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment on the page")


def _peak() -> float:
    """Return the most memory that this process had, since it was last forgotten where that can be."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ── Processes ────────────────────────────────────────────────────────────────────────────────────────────────────


def _work(pipe: Connection, nice: int) -> None:
    """Try documents that come, until there are no more."""
    os.nice(nice)
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        tried(Input(b"$0.5 = 0.5$", ".md", "mazur"), Path(folder))  # loads all that is needed
        while (given := pipe.recv()) is not None:
            pipe.send(tried(given, Path(folder)))


class Child:
    """A process that tries documents one after another. done: how many so far."""

    def __init__(self, nice: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, nice), daemon=True)
        self.process.start()
        theirs.close()
        self.done = 0

    def tried(self, given: Input) -> Outcome:
        self.done += 1
        try:
            self.pipe.send(given)
            if not self.pipe.poll(PATIENCE):
                self.end()
                return Outcome(f"no end within {PATIENCE:.0f} s", "", (), PATIENCE, 0)
            result: Outcome = self.pipe.recv()
            return result
        except (EOFError, OSError):
            self.process.join(1)
            return Outcome(f"the process ended with {self.process.exitcode}", "", (), 0, 0)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()
