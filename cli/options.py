"""Options that several commands share, and the SearchRequest that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from zhiwen.errors import InputError

if TYPE_CHECKING:
    from datetime import date

    from index.records import SearchRequest

Companies: TypeAlias = Annotated[list[str] | None, typer.Option("--company", help="Only articles that name this company (any alias).")]  # fmt: skip
Sources: TypeAlias = Annotated[list[str] | None, typer.Option("--source", help="Only articles of this source.")]
Events: TypeAlias = Annotated[list[str] | None, typer.Option("--event", help="Only articles with this event.")]
Only: TypeAlias = Annotated[list[str] | None, typer.Option("--only", help="Only articles with this FACET:VALUE (grade:filing, lang:en, keyword:…); several must all hold.")]  # fmt: skip
Since: TypeAlias = Annotated[str | None, typer.Option(help="From this day on (YYYY-MM-DD).")]
Until: TypeAlias = Annotated[str | None, typer.Option(help="Up to this day (YYYY-MM-DD).")]
Timezone: TypeAlias = Annotated[str, typer.Option(help="Where days, weeks and months begin.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="As JSON on stdout.")]
Csv: TypeAlias = Annotated[bool, typer.Option("--csv", help="As CSV on stdout, safe to open in a spreadsheet.")]
Bom: TypeAlias = Annotated[bool, typer.Option("--bom", help="Begin the CSV with the mark by which Excel knows UTF-8.")]

CHINA = "Asia/Shanghai"


def day(value: str | None, option: str) -> date | None:
    from datetime import date

    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"{option} is '{value}'", hint="a day looks like 2025-12-24") from error


def search_request(  # noqa: PLR0913  # the options that these commands share
    query: str,
    *,
    companies: list[str] | None = None,
    sources: list[str] | None = None,
    events: list[str] | None = None,
    only: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    timezone: str = CHINA,
) -> SearchRequest:
    """Query, filters and days; raises InputError for days that are none, or the wrong way round."""
    from index.records import SearchRequest

    first, last = day(since, "--since"), day(until, "--until")
    if first and last and first > last:
        raise InputError(f"--since ({first}) is after --until ({last})", hint="swap them")
    return SearchRequest(
        query=query,
        companies=tuple(companies or ()),
        sources=tuple(sources or ()),
        events=tuple(events or ()),
        only=tuple(only or ()),
        since=first,
        until=last,
        timezone=timezone,
    )


def only_one(**given: bool) -> None:
    """Raises InputError where more than one of these ways to answer is asked for."""
    asked = [f"--{name.replace('_', '-')}" for name, wanted in given.items() if wanted]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)} do not go together", hint="choose one")


def needs(option: str, *, given: bool, other: bool, of: str) -> None:
    """Raises InputError for an option that says something only beside another."""
    if given and not other:
        raise InputError(f"{option} goes with {of}", hint=f"add {of}, or leave {option} away")
