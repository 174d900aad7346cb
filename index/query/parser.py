"""Query text in, syntax tree out: text ─ limits ─▶ normalised text ─ grammar ─▶ lark tree ─ Builder ─▶ Query.

The language: words and "phrases" (side by side means AND), AND OR NOT - ( ), "a b"~20 for nearness, word* and word~ for
latin words, ^2 for weight, field:value. Every refusal is a QueryError with the column and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from index.query import amounts, times
from index.query.ast import (
    TEXT_FIELDS,
    And,
    Boost,
    Everything,
    FigureOf,
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
)
from index.query.fields import BY_SPELLING, FIELDS, IN_FIGURE, VALUE, Field, Kind, nearest
from index.tokens import KEPT_OF_LONG_PIECE, Slot, slots
from zhiwen.errors import InputError, QueryError
from zhiwen.folding import fold
from zhiwen.times import CHINA, now

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

# Limits keep a query from costing more than a person can mean by it. An OR list of a hundred names fits.
MAX_LENGTH = 2_000  # characters
MAX_DEPTH = 16  # brackets inside brackets
MAX_CLAUSES = 200
MAX_DISTANCE = 1_000  # of "a b"~n, in positions
MAX_NEAR = 20  # words in its quotes: each is looked for around each place of every other

_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # ！ … ～ to ! … ~
_SIGNS = str.maketrans({**_FULL_WIDTH, **dict.fromkeys("、。《》！!\u3000\0", " ")})
_QUOTES = str.maketrans("“”„‟「」『』＂", '"""""""""')
# Quotes of another kind inside a pair are text: “他说「智谱」很好” is one phrase.
_PAIR = re.compile(r'“[^“”"＂]*”|「[^「」"＂]*」|『[^『』"＂]*』')
_INNER_QUOTES = str.maketrans(dict.fromkeys("“”„‟「」『』", "|"))  # a sign as good as another
# Possessive and with an optional end, so that it matches at every quote: a text of quotes is read in one pass.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?P<close>")?', re.DOTALL)
_LISTING = re.compile(r"(?<!\d)[,;]|[,;](?!\d)")  # a comma between digits belongs to the number
_LONE_SIGNS = re.compile(
    r"(?<!\S)(?!\.\.(?!\S))[^\w\s()\"|<>=*~^]+(?!\S)"
)  # 智谱 - MiniMax, a headline pasted as it is
_LABEL = re.compile(r"(?<!\w)(?P<word>\w++)(?P<space>[ \t]*+):(?!//)")
# 3 亿 behind value: or a sign — the space would make 亿 a word of its own.
_SPACED_AMOUNT = re.compile(
    r"(?P<label>(?<!\w)\w++:|(?=[<>=≥≧≤≦]))(?P<first>[ \t]*+(?:(?:[<>]=?|[=≥≧≤≦])[ \t]*+)?[-+]?\d[\d,.]*+)(?P<space>[ \t]++)"
    r"(?=(?:[十百千万萬亿億%]|CNY|USD|HKD|[美港欧歐日]?元)[^\s()]*)"
)
_TOUCHING = re.compile(r"(?<=[⺀-鿿])(?:AND|OR|NOT)(?=[⺀-鿿])|&&")  # operators that no space parts from their words
_FLAGS = {"true": "true", "yes": "true", "是": "true", "false": "false", "no": "false", "否": "false"}
_SIGNS_OF_TWO = {"≥": ">=", "≧": ">=", "≤": "<=", "≦": "<="}
_SHORT_FUZZY = 5  # up to this many letters one edit, beyond it two (as Elasticsearch's AUTO)


def parse(text: str) -> Query:
    """The tree of `text`; blank text asks for everything. Raises QueryError."""
    _check_limits(text)
    normalised = _normalise(text)
    _check_shape(normalised)
    if not normalised.strip():
        if text.strip():
            raise QueryError(f"nothing to search for in {text.strip()!r}", column=1, hint="write a word or a name")
        return Query(text=text, root=Everything())
    return Query(text=text, root=_Builder().build(_tree(normalised)))


def _check_limits(text: str) -> None:
    if len(text) > MAX_LENGTH:
        hint = f"a query has at most {MAX_LENGTH} characters; this one has {len(text)}"
        raise QueryError("the query is too long", column=MAX_LENGTH + 1, hint=hint)


def _normalise(text: str) -> str:
    """`text` with half-width signs outside quotes; the same length, so columns stay."""
    text = _PAIR.sub(lambda pair: f'"{pair[0][1:-1].translate(_INNER_QUOTES)}"', text)
    text = text.translate(_QUOTES)  # “智谱” and 「智谱」 quote as "智谱" does
    parts, end = [], 0
    for quoted in _QUOTED.finditer(text):
        parts += [_normalise_bare(text[end : quoted.start()]), quoted[0]]
        end = quoted.end()
    return "".join([*parts, _normalise_bare(text[end:])])


def _normalise_bare(part: str) -> str:
    part = _LISTING.sub(" ", part.translate(_SIGNS))
    if ":" in part:
        part = _LABEL.sub(_label, part)
    part = _SPACED_AMOUNT.sub(_closed_up, part)
    return _LONE_SIGNS.sub(lambda signs: " " * len(signs[0]), part)


def doubtful(text: str) -> Iterator[tuple[str, str]]:
    """What `text` may have meant otherwise: a Chinese word before a colon that is nearly a field, and the field; or as OR.

    >>> list(doubtful("公私：智谱 or 商汤"))
    [('公私', '公司'), ('or', 'OR')]
    """
    bare = _QUOTED.sub(" ", text.translate(_QUOTES)).translate(_SIGNS)
    for label in _LABEL.finditer(bare):
        word = fold(label["word"])
        near = None if word.isascii() or word in BY_SPELLING else nearest(word)
        if near:
            yield label["word"], near
    for word in re.findall(r"(?<!\S)(?:and|or|not)(?!\S)", bare, re.IGNORECASE):
        if word != word.upper():
            yield word, word.upper()


def _label(label: re.Match[str]) -> str:
    """智谱：第一股 is a headline, and its colon a sign like others. A latin word is rather a field misspelled."""
    word = label["word"]
    if fold(word) in BY_SPELLING or word in BY_SPELLING:
        return f"{word}:{label['space']}"  # a colon with spaces around it would be a lone sign
    return label[0] if word.isascii() else word.ljust(len(label[0]))


def _closed_up(amount: re.Match[str]) -> str:
    """The space moved to where it parts nothing, so that columns stay."""
    label = amount["label"]
    valued = not label or BY_SPELLING.get(fold(label.removesuffix(":"))) is VALUE
    return f"{label}{amount['space']}{amount['first']}" if valued else amount[0]


def _check_shape(text: str) -> None:
    """Quotes and brackets that pair, within the limits; linear, before the grammar sees anything."""
    for quoted in _QUOTED.finditer(text):
        if not quoted["close"]:
            raise QueryError("this quote is never closed", column=quoted.start() + 1, hint='close it with "')
    bare = _QUOTED.sub(lambda quoted: "q".ljust(len(quoted[0])), text)
    _check_brackets(bare)
    clauses = len(re.findall(r"[^\s()|]+|\|", bare)) + 2 * len(_TOUCHING.findall(bare))
    if clauses > MAX_CLAUSES:
        raise QueryError(f"{clauses} words are too many", column=1, hint=f"at most {MAX_CLAUSES}")


def _check_brackets(bare: str) -> None:
    opened: list[int] = []
    for bracket in re.finditer(r"[()]", bare):
        column = bracket.start() + 1
        if bracket[0] == "(":
            opened.append(column)
        elif not opened:
            raise QueryError("this ) closes nothing", column=column, hint="drop it, or quote the text it belongs to")
        else:
            opened.pop()
        if len(opened) > MAX_DEPTH:
            raise QueryError("too many brackets inside brackets", column=column, hint=f"at most {MAX_DEPTH}")
    if opened:
        raise QueryError("this ( is never closed", column=opened[-1], hint="close it with )")


@cache
def _grammar() -> Lark:
    from lark import Lark

    source = resources.files("index.query").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", propagate_positions=False, maybe_placeholders=False)


def _tree(text: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return _grammar().parse(text)
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
    except UnexpectedToken as error:
        # lark counts the end of the text as a token at the last one's place
        at = len(text) if error.token.type == "$END" else error.token.start_pos or 0
    raise _misplaced(text, at)


_COMPARING = (
    "< > and = follow a field, or stand in its brackets: published:>=2025-12-01, value:(>3亿 <5亿); "
    'quote the text to search for a sign: "a=b"'
)
_HINTS = {
    "AND": 'AND stands between two words; quote it to search for it: "AND"',
    "OR": 'OR stands between two words; quote it to search for it: "OR"',
    "NOT": 'NOT stands before a word; quote it to search for it: "NOT"',
    "*": "* ends a word: deep*",
    "~": '~ follows a word (opanai~) or a phrase ("智谱 上市"~20)',
    "^": "^ and a number follow a word or bracket: 智谱^2",
    ":": 'a field stands before the colon: title:智谱; quote the text to search for a colon: "12:30"',
    **dict.fromkeys("<>=≥≧≤≦", _COMPARING),
    "|": "OR stands between two words",
    ")": "the bracket is empty",
}


def _misplaced(text: str, at: int) -> QueryError:
    if at >= len(text):
        return QueryError("the query ends where a word should follow", column=at + 1, hint="complete or drop its end")
    word = (re.match(r"AND|OR|NOT|\S", text[at:]) or [text[at]])[0]
    hint = _HINTS.get(word, "put what you search for in quotes if these are its words")
    if word == ")" and not text[:at].rstrip().endswith("("):
        hint = "a word is missing before it"
    return QueryError(f"{word} does not belong here", column=at + 1, hint=hint)


class _Builder:
    """Walks the tree of the grammar with the field in force, and makes the typed tree."""

    def __init__(self) -> None:
        self._today: date = now().astimezone(CHINA).date()

    def build(self, tree: Tree[Token]) -> Node:
        return self._node(tree.children[0], field=None)

    def _node(self, item: Tree[Token] | Token, *, field: Field | None) -> Node:
        # A token is a string; lark itself is not imported here, in the middle of every query.
        return self._leaf(item, field=field) if isinstance(item, str) else self._branch(item, field=field)

    def _branch(self, tree: Any, *, field: Field | None) -> Node:
        rule, children = tree.data, tree.children
        if rule == "scoped":
            inner = self._field(children[0], outer=field)
            return _on_figure(self._node(children[1], field=inner), field=inner, outer=field)
        if rule == "valued":
            return self._valued(children, outer=field)
        if rule == "compared":
            return self._compared(*children, field=field)
        nodes = tuple(self._node(child, field=field) for child in (children[:1] if rule == "boosted" else children))
        if rule == "boosted" and field and field.kind in _OF_FIGURES:
            raise self._error(children[1], f"{children[1]} weighs nothing in {field.name}:", hint="weigh words")
        match rule:
            case "any_of":
                return Or(children=nodes) if len(nodes) > 1 else nodes[0]
            case "all_of":
                return And(children=nodes) if len(nodes) > 1 else nodes[0]
            case "negation":
                return Not(child=nodes[0])
            case _:
                return Boost(child=nodes[0], factor=self._factor(children[1]))

    def _factor(self, token: Token) -> float:
        factor = float(token[1:])
        if not 0 < factor <= 1000:
            raise self._error(token, f"{token} is no weight", hint="a weight is above 0 and at most 1000")
        return factor

    def _field(self, token: Token, *, outer: Field | None) -> Field:
        spelling = token.rstrip(": \t")
        known = BY_SPELLING
        if outer and outer.kind is Kind.FIGURE:
            known = IN_FIGURE
        elif outer:
            raise self._error(token, f"{spelling}: stands inside {outer.name}:", hint="a field holds words only")
        found = known.get(fold(spelling)) or known.get(spelling)
        if found is None and known is IN_FIGURE:
            raise self._no_part(token, spelling)
        if found is None:
            close = nearest(fold(spelling))
            hint = f"the nearest is {close}:" if close else f"fields are {', '.join(field.name for field in FIELDS)}"
            quote = f'to search for a colon, quote its words: "{spelling}:…"'
            raise self._error(token, f"there is no field {spelling!r}", hint=f"{hint}; {quote}")
        return found

    def _no_part(self, token: Token, spelling: str) -> QueryError:
        near = None if fold(spelling) in BY_SPELLING else nearest(fold(spelling), IN_FIGURE)
        parts = f"it has {', '.join(dict.fromkeys(field.name for field in IN_FIGURE.values()))}"
        hint = f"the nearest is {near}:; {parts}" if near else parts
        return self._error(token, f"a figure has no {spelling!r}", hint=hint)

    def _valued(self, children: list[Token], *, outer: Field | None) -> Node:
        field = self._field(children[0], outer=outer)
        if len(children) == 3:
            return _on_figure(self._compared(*children[1:], field=field), field=field, outer=outer)
        return _on_figure(self._leaf(children[-1], field=field), field=field, outer=outer)

    def _compared(self, sign: Token, token: Token, *, field: Field | None) -> Node:
        """`>3亿` behind a field's colon, or in its brackets; figure:(收入 >3亿) compares the value."""
        if field is None and sign in _SIGNS_OF_TWO:
            return self._leaf(token, field=None)  # ≥30% is what is written
        if field is None:
            raise self._error(sign, f"{sign} does not belong here", hint=_COMPARING)
        if field.kind is Kind.FIGURE:
            field = VALUE
        if field.kind not in (Kind.TIME, Kind.VALUE):
            raise self._error(sign, f"{field.name}: cannot be compared", hint=f"write {field.name}:value")
        return self._leaf(token, field=field, comparison=_SIGNS_OF_TWO.get(sign, str(sign)))

    def _leaf(self, token: Token, *, field: Field | None, comparison: str = "") -> Node:
        if field is None:
            return self._text_leaf(token, fields=TEXT_FIELDS)
        if token.type == "WORD" and token.startswith("-") and field.kind not in (Kind.TIME, Kind.VALUE):
            hint = f"it stands before the field: -{field.name}:{token[1:]}"
            raise self._error(token, f"- does not belong behind {field.name}:", hint=hint)
        if field.kind is Kind.TEXT:
            return self._text_leaf(token, fields=(field.name,))
        ranged = token.type == "RANGE" and field.kind in (Kind.TIME, Kind.VALUE)
        if token.type not in ("WORD", "QUOTED") and not ranged:
            raise self._error(token, f"{field.name}: takes a whole value, not {token}", hint="leave * ~ away")
        value = _unquoted(token) if token.type == "QUOTED" else str(token)
        if not value.strip():
            raise self._error(token, f"{field.name}: has no value", hint=f"write {field.name}:value")
        return self._value_leaf(token, value.strip(), field=field, comparison=comparison)

    def _value_leaf(self, token: Token, value: str, *, field: Field, comparison: str) -> Node:
        match field.kind:
            case Kind.TIME:
                return self._time(token, value, comparison=comparison)
            case Kind.FLAG:
                flag = _FLAGS.get(fold(value))
                if flag is None:
                    raise self._error(token, f"{field.name}: is true or false, not {value!r}")
                return Named(field=field.name, name=flag)
            case Kind.VALUE:
                try:
                    return amounts.value(comparison, value)
                except InputError as error:
                    raise self._placed(token, error) from error
            case Kind.FIGURE:
                return Named(field="metric", name=value)  # figure:收入
            case _:
                return Named(field=field.name, name=value)

    def _time(self, token: Token, value: str, *, comparison: str) -> Node:
        try:
            found = times.published(comparison, value, today=self._today)
        except InputError as error:
            raise self._placed(token, error) from error
        # A rule is read once and asked for months: 昨天 is told when it is asked.
        return Named(field="published", name=f"{comparison}{value}") if times.moves(value) else found

    def _text_leaf(self, token: Token, *, fields: tuple[str, ...]) -> Node:
        readers: dict[str, Callable[[Token], Node]] = {
            "PREFIX": lambda token: Phrase(fields=fields, slots=self._slots(token, token[:-1], prefix=True)),
            "FUZZY": lambda token: self._fuzzy(token, fields=fields),
            "RANGE": lambda token: self._fuzzy(token, fields=fields),  # 3~5: of numbers, which have no approximate form
            "NEAR": lambda token: self._near(token, fields=fields),
            "QUOTED": lambda token: Phrase(fields=fields, slots=self._slots(token, _unquoted(token))),
            "WORD": lambda token: Phrase(fields=fields, slots=self._slots(token, token)),
        }
        return readers[token.type](token)

    def _slots(self, token: Token, text: str, *, prefix: bool = False) -> tuple[Slot, ...]:
        found = slots(text, prefix=prefix)
        if not found:
            spaced = "a range has no spaces: 2025-12-01..2025-12-31"
            hint = spaced if text == ".." else "punctuation alone is not indexed"
            raise self._error(token, f"nothing to search for in {token}", hint=hint)
        if prefix and len(found[-1].text) > KEPT_OF_LONG_PIECE:
            raise self._error(token, "the word before * is too long", hint=f"at most {KEPT_OF_LONG_PIECE} letters")
        return found

    def _fuzzy(self, token: Token, *, fields: tuple[str, ...]) -> Node:
        word, _, given = token.partition("~")
        found = slots(word)
        if (
            len(found) != 1
            or found[0].prefix
            or found[0].reach
            or not 3 <= len(found[0].text) <= KEPT_OF_LONG_PIECE
            or not word.isalpha()
        ):
            raise self._error(
                token,
                f"{token} cannot be searched for approximately",
                hint="~ is for one latin word of 3 letters or more",
            )
        distance = int(given) if given else (1 if len(word) <= _SHORT_FUZZY else 2)
        if distance not in (1, 2):
            raise self._error(token, f"{distance} edits are too many", hint="write ~1 or ~2")
        return Fuzzy(fields=fields, word=found[0].text, distance=distance)

    def _near(self, token: Token, *, fields: tuple[str, ...]) -> Node:
        quoted, _, given = token.rpartition("~")
        if len(given) > len(str(MAX_DISTANCE)) or int(given) > MAX_DISTANCE:
            raise self._error(token, f"~{given} is too far", hint=f"at most ~{MAX_DISTANCE}")
        # A set in order: the same words twice ask for nothing more.
        parts = tuple(dict.fromkeys(found for found in map(slots, _unquoted(quoted).split()) if found))
        if not parts:
            raise self._error(token, f"nothing to search for in {token}")
        if len(parts) == 1:
            return Phrase(fields=fields, slots=parts[0])
        if len(parts) > MAX_NEAR:
            raise self._error(token, f"{len(parts)} words are too many for nearness", hint=f"at most {MAX_NEAR}")
        return Near(fields=fields, parts=parts, distance=int(given))

    def _placed(self, token: Token, error: InputError) -> QueryError:
        return self._error(token, error.message, hint=error.hint)

    def _error(self, token: Token, message: str, *, hint: str | None = None) -> QueryError:
        return QueryError(message, column=(token.start_pos or 0) + 1, hint=hint)


_OF_FIGURES = (Kind.FIGURE, Kind.PART, Kind.VALUE)


def _on_figure(node: Node, *, field: Field, outer: Field | None) -> Node:
    """Conditions on figures, bound to one figure where they leave the outermost field that is about figures."""
    return FigureOf(condition=node) if field.kind in _OF_FIGURES and outer is None else node


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)
