"""Errors that a person is meant to read.

    ZhiwenError             something said clearly: what, which, what to do next
    ├── SettingsError       a setting, source, rule or lexicon file does not say what it must
    ├── InputError          what was given on the command line or in a request cannot be used
    │   └── QueryError      a search query that does not parse; carries the column
    ├── StoreError          the database is missing, older or newer than this code, or not reachable
    ├── IndexError_         the index cannot be opened or written; it can always be rebuilt
    ├── LockedError         another process holds this home; carries its pid
    └── FetchError          a source or URL could not be fetched

An expected end of a page is never an error: it is a `Dropped` with a reason.
"""

from __future__ import annotations


class ZhiwenError(Exception):
    """Base of what zhiwen raises on purpose. `hint` is the next step, in one sentence."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class SettingsError(ZhiwenError):
    """A configuration file or variable does not say what it must."""


class InputError(ZhiwenError):
    """What the caller gave cannot be used as it is."""


class QueryError(InputError):
    """A query that does not parse. `column` counts characters from 1."""

    def __init__(self, message: str, *, column: int, hint: str | None = None) -> None:
        super().__init__(f"column {column}: {message}", hint=hint)
        self.column = column


class StoreError(ZhiwenError):
    """The database cannot be used as it is."""


class IndexError_(ZhiwenError):
    """The search index cannot be used as it is. The store is the truth: `zhiwen index rebuild` mends it."""


class LockedError(ZhiwenError):
    """Another process holds the lock. `pid` is the holder's, where it is known."""

    def __init__(self, message: str, *, pid: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


class FetchError(ZhiwenError):
    """A URL or source could not be fetched."""
