"""Errors of the store beyond `zhiwen.errors`.

StoreError          the database is missing, older or newer than this code, or not reachable
└── StaleClaim      a worker finished, failed or renewed a page that is no longer its own
"""

from __future__ import annotations

from zhiwen.errors import StoreError


class StaleClaim(StoreError):
    """The claim ran out and somebody else has the page, or it was finished already. Nothing was changed.

    Expected where a worker was slower than its lease: drop the result, the page is in other hands.
    """

    def __init__(self, page_id: int, *, claim: str | None) -> None:
        super().__init__(
            f"page {page_id}: the claim {claim or '(none)'} is no longer valid",
            hint="another worker has the page or it has ended; drop this result, or use a longer lease",
        )
        self.page_id = page_id
