"""Names: letters that belong together, and what they are applied to."""

from __future__ import annotations

import re

from derive.read.written.cursor import Cursor, Trouble
from derive.read.written.derivatives import is_slash_derivative, slash_derivative
from derive.read.written.groups import flat, listed
from derive.read.written.names import AMBIGUOUS, FUNCTIONS, LOSSES, SHORT, WORDS, word_of
from derive.read.written.parting import LAST_LATIN
from derive.read.written.scripts import scripted
from derive.read.written.sums import big_sum
from derive.read.written.tables import CALLED
from derive.read.written.tokens import Token
from derive.read.written.tree import Apply, Grid, Minus, Name, Node, Of, Power, Turned, names, times

_DIFFERENCE = re.compile("d[WbZAza]")


def named(p: Cursor, name: Name, called: bool = False) -> Node:
    """Return a name with its scripts, applied to what follows if it is a function."""
    return applied(p, scripted(p, name, called))


def letters(p: Cursor) -> Node:
    """Return the name that begins with the letters that stand here."""
    first = p.tokens[p.at]
    if first.kind == "word":
        return _word(p, first)
    run = _run(p)
    word = "".join(token.text for token in run)
    if (len(run) > 1 or first.text in ("d", "delta")) and is_slash_derivative(p, word, len(run)):
        return slash_derivative(p)
    if ord(word[0]) > LAST_LATIN:
        p.at += len(run)
        return named(p, Name(first.start, run[-1].end, word))
    if len(run) > 1:
        size = _size(p, run, word)
        if size > 1:
            p.at += size
            return named(p, Name(first.start, run[size - 1].end, word[:size]))
    p.take()
    if first.text == "Sigma" and p.mark("_", "__", "^", "("):
        p.at -= 1
        return big_sum(p)
    return named(p, Name(first.start, first.end, first.text))


def _run(p: Cursor) -> list[Token]:
    """Return the letters of one writing that stand together from here on, without space or script between them."""
    found: list[Token] = []
    while (token := p.peek(len(found))) is not None and token.kind == "letter":
        if found and (token.gap or token.start != found[-1].end or _writing(token) != _writing(found[0])):
            break
        found.append(token)
        if not _writing(token):
            break
    return found


def _writing(token: Token) -> str:
    """Return "latin", or "other" for Chinese, Japanese and Korean; "" for \\alpha, which stands alone."""
    if len(token.text) != 1 or not token.text.isalpha():
        return ""
    return "latin" if ord(token.text) <= LAST_LATIN else "other"


def _size(p: Cursor, run: list[Token], word: str) -> int:
    """Return how many of the letters of a run are one name."""
    following = p.peek(len(run))
    index = following is not None and following.kind == "number" and following.start == run[-1].end
    if len(run) == 2 and ((index and word[1] in "ho") or _DIFFERENCE.fullmatch(word)):  # ao1, dW
        return 2
    return word_of(word, p.words, index or (following is not None and following.text in ("_", "__")))


def _word(p: Cursor, token: Token) -> Node:
    text = token.text
    if is_slash_derivative(p, text, 1):
        return slash_derivative(p)
    p.take()
    if p.plain and not p.mark("_") and len(text) <= SHORT and _is_product(p, token):
        factors = [Name(token.start + n, token.start + n + 1, letter) for n, letter in enumerate(text)]
        return times(factors, [""] * (len(factors) - 1))
    if text in ("sum", "Sum") and p.mark("_", "(", "__"):
        p.at -= 1
        return big_sum(p)
    return named(p, Name(token.start, token.end, text))


def _is_product(p: Cursor, token: Token) -> bool:
    """Return whether wx in plain text is w times x: a few small letters that nobody uses as a word."""
    text = token.text
    known = text in WORDS or text.lower() in WORDS or text in p.words
    return not known and p.text[token.start].islower() and text.lower() not in CALLED


def applied(p: Cursor, node: Node) -> Node:
    """Return a name applied to what stands behind it, where it is a function; else the name."""
    if not isinstance(node, Name):
        return node
    called = node.base.lower() in CALLED
    if called and p.mark("^", "^^") and not node.sup:
        return _function_power(p, node)
    if node.base in ("log", "ln") and node.sub not in ("", "e"):
        raise Trouble("a logarithm to another base")
    if p.mark("("):
        return _with_brackets(p, node, called)
    token = p.peek()
    if token is None or not called or node.primes:
        return node
    if token.text in ("{", "lbrace") and token.kind == "macro":  # max{0, x}
        args = tuple(p.all(cell) for cell in listed(p.bracketed()))
        return Apply(node.start, p.end, node, args)
    if p.begins_factor(token) or token.text in ("-", "|"):
        arg = p.signed_factor()
        return Apply(node.start, arg.end, node, (arg,), False)
    return node


def _function_power(p: Cursor, name: Name) -> Node:
    """Return sin^2 x."""
    script, _ = p.script()
    exponent = p.all(script)
    if isinstance(exponent, Minus):
        raise Trouble("the inverse of a function, or one over it")
    if p.mark("^", "^^"):
        raise Trouble("an exponent behind an exponent")
    value = applied(p, name)
    if not isinstance(value, Apply):
        raise Trouble("a function of nothing")
    return Power(name.start, value.end, value, exponent)


def _with_brackets(p: Cursor, name: Name, called: bool) -> Node:
    """Return a name with the round brackets behind it: a function of something, a quantity that depends on something,
    or the name alone, where it is a factor before another."""
    opened, word = p.at, name.base
    content = p.bracketed()
    if word == "E" and not name.sub and flat(content) == "total":
        return scripted(p, Name(name.start, p.end, "E", "total", name.sup))
    cells = listed(content)
    function = called or bool(name.primes) or (word in FUNCTIONS and not (name.sub and word in AMBIGUOUS))
    if not function and word not in LOSSES and len(cells) < 2:
        p.at = opened
        return name
    args = tuple(p.all(cell) for cell in cells)
    if function and (word not in AMBIGUOUS or name.primes or _is_argument(word, args)):
        return Apply(name.start, p.end, name, args)
    if (word in LOSSES or len(args) > 1) and all(isinstance(each, Name | Turned | Of | Grid | Apply) for each in args):
        return Of(name.start, p.end, name, args)
    p.ahead = (opened, p.at, args)
    p.at = opened
    return name


def _is_argument(word: str, args: tuple[Node, ...]) -> bool:
    """Return whether g(…) is g of something, and no product: one formula, with a name in it, but not with g."""
    return len(args) == 1 and any(names(args[0])) and all(other.base != word for other in names(args[0]))
