"""What a condition on one figure asks of every figure that meets it: the part that an index can look up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from index.query.ast import And, Node, OneOf, Value

_MOST_TOKENS = 256  # combinations of names that are looked up; beyond it, only the first fields'


def figure_token(names: Mapping[str, str]) -> str:
    """
    >>> figure_token({"period": "2024", "metric": "revenue"})
    'metric=revenue\\x1fperiod=2024'
    """
    return "\x1f".join(f"{field}={name}" for field, name in sorted(names.items()))


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
                of not in names and prod(map(len, names.values())) * len(wanted) <= _MOST_TOKENS
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
