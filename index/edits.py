"""How far two words are apart."""

from __future__ import annotations


def within_edits(wanted: str, token: str, distance: int) -> bool:
    """Whether insertions, deletions, replacements and swaps of neighbours, at most `distance`, lead from one to the other.

    No place is edited twice (optimal string alignment), as in the automata of the engines.
    """
    if abs(len(wanted) - len(token)) > distance:
        return False
    before: list[int] = []
    row = list(range(len(token) + 1))
    for i, letter in enumerate(wanted, start=1):
        before, previous, row = row, before, [i]
        for j, other in enumerate(token, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if previous and j > 1 and letter == token[j - 2] and wanted[i - 2] == other:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > distance and min(before) > distance:
            return False
    return row[-1] <= distance
