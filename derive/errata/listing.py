"""The errata as HTML: tables of what is wrong and what is undecided, and what there is to say of one claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from derive.errata.findings import Claim
from derive.errata.marking import visible
from derive.errata.telling import Teller


def anchor(claim: Claim) -> str:
    """Return the id of what is said of a claim on the page."""
    return f"c{claim.number}"


class Listing:
    """Writes what stands before the document on its page."""

    def __init__(self, teller: Teller) -> None:
        self.teller, self.words = teller, teller.words
        self.head = [escape(head) for head in self.words.plain("head").split("|")]

    def all(self) -> str:
        """Return the summary, the errata, what is undecided, and what else is known."""
        return "\n".join(filter(None, [self.summary(), self.errata(), self.open(), self.facts()]))

    def summary(self) -> str:
        kind = self.teller.errata.kind
        mark = f'<span class="mark {kind}">{escape(self.teller.verdict)}</span>'
        return (
            f'<ul class="summary"><li>{mark} {visible(self.teller.headline())}</li>'
            f"<li>{visible(self.teller.summary())}</li></ul>"
        )

    def errata(self) -> str:
        """Return the table of errata; "" where there are none."""
        claims = sorted(self.teller.errata.findings, key=lambda claim: (claim.at, claim.number))
        rows = []
        for claim, row in zip(claims, self.teller.rows(), strict=True):
            cause = self.teller.explainer.explain(claim).short
            cells = [
                f'<a href="#{anchor(claim)}">{escape(row.place)}</a>',
                f'<span class="mark {row.kind}">{escape(row.mark)}</span>',
                *(f"<code>{visible(text)}</code>" if text else "" for text in (row.about, row.claimed, row.right)),
                visible(row.off),
            ]
            label = escape(self.head[0])
            made = "".join(
                f'<td data-label="{name}"{"" if cell else " class=empty"}>{cell}</td>'
                for name, cell in zip(self.head, cells, strict=True)
            )
            why = f'<tr class="why"><td></td><td colspan="5">{visible(cause)}</td></tr>' if cause else ""
            rows.append(f'<tbody aria-label="{label} {escape(row.place)}"><tr>{made}</tr>{why}</tbody>')
        if not rows:
            return ""
        head = "".join(f'<th scope="col">{name}</th>' for name in self.head)
        title = escape(self.words.plain("errata_head"))
        return (
            f'<h2 id="errata">{title}</h2>\n<div class="scroll" tabindex="0"><table class="errata">'
            f"<thead><tr>{head}</tr></thead>{''.join(rows)}</table></div>"
        )

    def open(self) -> str:
        """Return what is undecided, and what was not read; "" where there is nothing."""
        claims = [claim for claim in self.teller.errata.claims if claim.kind == "undecided" and not claim.finding]
        listed = [(f'<a href="#{anchor(claim)}">{{}}</a>', self.teller.open(claim)) for claim in claims]
        made = ""
        target = "" if self.teller.errata.findings else ' id="errata"'
        for head, rows in (
            ("undecided_head", listed),
            ("unread_head", [("{}", each) for each in self.teller.unread()]),
        ):
            if not rows:
                continue
            made += f'<h2{target}>{escape(self.words.plain(head))}</h2>\n<ul class="open">'
            target = ""
            for link, row in rows:
                text = "; ".join(filter(None, (row.understood, row.reason)))
                place = link.replace("{}", escape(row.place))
                said = f'<span class="said">{visible(text)}</span>' if text else ""
                made += f"<li>{place} <code>{visible(row.claim)}</code>{said}</li>"
            made += "</ul>"
        return made

    def facts(self) -> str:
        rows = []
        for label, text in self.teller.facts():
            if label:
                rows.append(f"<dt>{escape(label)}</dt>")
            rows.append(f"<dd>{visible(text)}</dd>")
        made = f'<dl class="known">{"".join(rows)}</dl>'
        if inferred := self.teller.errata.inferred:
            label = escape(self.words.plain("inferred_label"))
            made += (
                f"<details><summary>{label}</summary><pre><code>{visible(inferred, breaks=True)}</code></pre></details>"
            )
        return made

    # ── One claim ────────────────────────────────────────────────────────────────────────────────────────────────

    def finding(self, claim: Claim) -> str:
        """Return what is claimed, what is right, and what explains it."""
        about = f"{claim.about} {claim.relation} " if claim.about else ""
        rows = [
            ("claimed", f"{about}{claim.claimed}" if claim.claimed else ""),
            ("right", f"{about}{claim.correct}" if claim.correct else ""),
            ("off", claim.off),
        ]
        said = self.teller.explainer.explain(claim).lines
        origin = self.teller.explainer.claims.get(claim.follows)
        link = f' <a href="#{anchor(origin)}">↑</a>' if origin is not None else ""
        short = f"<p><strong>{visible(said[0])}</strong>{link}</p>" if said else ""
        return self._facts(rows) + short + "".join(f"<p>{visible(each)}</p>" for each in said[1:])

    def undecided(self, claim: Claim) -> str:
        """Return what was understood of a claim, and why it is undecided."""
        return self._facts([("understood_label", claim.known), ("reason_label", self.words.why(claim.reason))], code=1)

    def _facts(self, rows: Sequence[tuple[str, str]], code: int = 2) -> str:
        """Return rows under labels; the first few are formulas."""

        def made() -> Iterable[str]:
            for number, (key, text) in enumerate(rows):
                if text:
                    value = f"<code>{visible(text)}</code>" if number < code else visible(text)
                    yield f"<dt>{escape(self.words.plain(key))}</dt><dd>{value}</dd>"

        inside = "".join(made())
        return f"<dl>{inside}</dl>" if inside else ""
