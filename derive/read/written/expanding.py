"""A document's own macros, put in the place of their names: as many as are sensible, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.read.written.tokens import MOST, Token, TooLong

EXPANSIONS = 400
MOST_ARGUMENTS = 9


def expanded(
    tokens: list[Token], macros: Mapping[str, tuple[int, str]], scan: Callable[[str], list[Token]]
) -> list[Token]:
    """Return the tokens with macros of the document's own replaced; all that comes of one stands where it stood.

    macros: by their names, how many arguments each has and what it stands for; scan makes tokens of that.
    Raises TooLong.
    """
    bodies: dict[str, list[Token]] = {}
    done: list[Token] = []
    waiting = list(reversed(tokens))
    count = 0
    while waiting:
        token = waiting.pop()
        if token.kind != "macro" or token.text not in macros or count >= EXPANSIONS:
            done.append(token)
            continue
        count += 1
        arity, body = macros[token.text]
        if token.text not in bodies:
            bodies[token.text] = scan(body)
        args: list[list[Token]] = []
        end = token.end
        for _ in range(min(arity, MOST_ARGUMENTS)):
            arg, after = _argument(waiting)
            args.append(arg)
            end = max(end, after)
        made = _filled(bodies[token.text], args, token.start, end)
        if len(made) + len(waiting) + len(done) > MOST:
            raise TooLong
        waiting.extend(reversed(made))
    return done


def _filled(body: list[Token], args: list[list[Token]], start: int, end: int) -> list[Token]:
    """Return the tokens of a macro's body with its arguments put in, where #1 stands."""
    made: list[Token] = []
    parts = iter(body)
    for part in parts:
        if part.text != "#":
            made.append(part._replace(start=start, end=end))
            continue
        which = next(parts, None)
        if which is not None and which.text.isdigit() and 1 <= int(which.text[:1]) <= len(args):
            made.extend(args[int(which.text[:1]) - 1])
    return made


def _argument(waiting: list[Token]) -> tuple[list[Token], int]:
    """Return the next group without its braces, or the next token, and where it ends; `waiting` is in reverse."""
    if not waiting:
        return [], 0
    first = waiting.pop()
    if first.kind != "open":
        return [first], first.end
    depth, found, end = 1, [], first.end
    while waiting:
        token = waiting.pop()
        end = token.end
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            break
        found.append(token)
    return found, end
