"""Counts as pictures of characters: columns with their scale, and one-line series beside their names.

Widths are those of the terminal, where a Chinese character takes two columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def columns(counts: Sequence[int], *, labels: Sequence[str], width: int, height: int = 8) -> list[str]:
    """A column a count, the scale on the left, the first and last label below. More counts than fit are joined.

    >>> print("\\n".join(columns([1, 2, 4], labels=["Jan", "Feb", "Mar"], width=12, height=2)))
    4 ┤      ███
      ┤▄▄▄██████
    0 ┼─────────
       Jan   Mar
    """
    if not counts:
        return []
    margin = len(f"{max(counts):,}") + 2
    shown = fit(counts, max(1, width - margin))
    top = max(1, *shown)
    margin = len(f"{top:,}") + 2
    wide = max(1, min(6, (width - margin) // len(shown)))  # few columns may be wider
    lines = []
    for row in range(height, 0, -1):
        scale = f"{top:,}" if row == height else ""
        blocks = "".join(_block(count, top=top, row=row, height=height) * wide for count in shown)
        lines.append(f"{scale:>{margin - 2}} ┤{blocks}".rstrip())
    lines.append(f"{'0':>{margin - 2}} ┼{'─' * wide * len(shown)}")
    ends = labels[0] if len(labels) == 1 else f"{labels[0]} … {labels[-1]}"
    gap = wide * len(shown) - len(labels[0]) - len(labels[-1])
    if len(labels) > 1 and gap > 2:
        ends = labels[0] + " " * gap + labels[-1]
    return [*lines, f"{' ' * margin}{ends}"]


def _block(count: int, *, top: int, row: int, height: int) -> str:
    filled = count * height * 8 / top - (row - 1) * 8
    # What is not nothing shows.
    if row == 1 and count:
        filled = max(filled, 1)
    return _EIGHTHS[max(0, min(8, round(filled)))]


def spark(counts: Sequence[int], *, width: int, top: int | None = None) -> str:
    """One line of blocks. `top` is the count of a full block: series that share it can be compared.

    >>> spark([0, 1, 4, 8], width=10)
    ' ▁▄█'
    """
    shown = fit(counts, width)
    top = max(top or 0, 1, *shown) if shown else 1
    return "".join(_block(count, top=top, row=1, height=1) for count in shown)


def fit(counts: Sequence[int], width: int) -> list[int]:
    """As many sums of neighbours as fit; where it does not come out even, the first one is of fewer, not the newest.

    >>> fit([1, 2, 3, 4, 5], 3)
    [1, 5, 9]
    """
    joined = ceil(len(counts) / max(1, width)) or 1
    first = len(counts) % joined
    rest = (sum(counts[start : start + joined]) for start in range(first, len(counts), joined))
    return [*([sum(counts[:first])] if first else []), *rest]


def bar(count: int, *, top: int, width: int) -> str:
    """A bar from the left, `width` long for `top`, in eighths.

    >>> bar(3, top=4, width=4), bar(1, top=1000, width=4)
    ('███', '▏')
    """
    eighths = max(round(count * width * 8 / max(top, 1)), 1 if count else 0)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[rest]


def label(bucket: date | str, interval: str) -> str:
    """A bucket by its first day; a month without one."""
    return str(bucket)[:7] if interval == "month" else str(bucket)
