"""What a condition on one figure asks of every figure that meets it: the part that an index can look up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from struct import pack, unpack

from index.query.ast import And, Node, OneOf, Value

_MOST_TOKENS = 256  # combinations of names that are looked up; beyond it, only the first fields'


def figure_token(names: Mapping[str, str]) -> str:
    """
    >>> figure_token({"period": "2024", "metric": "revenue"})
    'metric=revenue\\x1fperiod=2024'
    """
    return "\x1f".join(f"{field}={name}" for field, name in sorted(names.items())).translate(_SPACES)


# Tokens are given to the index with spaces between, so none may hold one: what splits text there stands for itself elsewhere.
_SPACES = {ord(space): 0xF0000 + ord(space) for space in "\t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"}
_SPACES |= {code: 0xF0000 + code for code in range(0x2000, 0x200B)} | {ord(" "): ord("␣")}


# What a value is bound to as one term, whichever of them a condition names: a metric, and its period and subject.
VALUED_WITH = frozenset({"metric", "period", "subject"})


def valued_token(token: str, value: float) -> str:
    """The term of a figure with these names and this value, in hex: those of one `figure_token` sort as their values do.

    >>> valued_token("metric=revenue", -2.0) < valued_token("metric=revenue", 0.5) < valued_token("metric=revenue", 3e8)
    True
    """
    return names_key(token) + value_key(value)


@lru_cache(maxsize=1 << 14)  # the same metrics, periods and companies come again and again
def names_key(token: str) -> str:
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def value_key(value: float) -> str:
    """Sixteen hex digits in the order of the numbers."""
    (bits,) = unpack(">Q", pack(">d", value + 0.0))  # -0.0 and 0.0 are one number
    return f"{bits ^ (_SIGN if bits < _SIGN else _ALL):016x}"


_SIGN, _ALL = 1 << 63, (1 << 64) - 1


def valued_range(token: str, value: Value) -> tuple[str, str]:
    """The first and the last term that can meet `value`, those at its bounds included, whatever it says of them."""
    low, high = (-math.inf if value.low is None else value.low), (math.inf if value.high is None else value.high)
    return valued_token(token, low), valued_token(token, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """`names` by field, one of each is needed, and the value. `whole`: that is all that the condition asks."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    value: Value | None = None
    whole: bool = False


def required_of_figure(condition: Node) -> Required:
    names: dict[str, tuple[str, ...]] = {}
    values: list[Value] = []
    whole = True
    for leaf in _conjuncts(condition):
        match leaf:
            case OneOf(field=of, names=wanted) if (
                of not in names and math.prod(map(len, names.values())) * len(wanted) <= _MOST_TOKENS
            ):
                names[of] = wanted
            case Value():
                values.append(leaf)
            case _:
                whole = False
    return Required(names=names, value=values[0] if values else None, whole=whole and len(values) < 2)


def _conjuncts(condition: Node) -> Iterator[Node]:
    if isinstance(condition, And):
        for child in condition.children:
            yield from _conjuncts(child)
    else:
        yield condition
