"""`zhiwen demo`: a newsroom on this machine, crawled twice by the real spiders, and what became of each page."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import loaded
from cli.output import emit_json, say

if TYPE_CHECKING:
    from cli.demo.edition import Expected
    from cli.demo.newsroom import Newsroom
    from config.settings import Loaded
    from scheduler import Monitor
    from store.records import Finished, SpoolEntry


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's home in this folder, to look at it later.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Crawl a local newsroom twice and show what was fetched, dropped and why, indexed and alerted.

    Nothing leaves this machine. In the second round one article is new, one corrected and one gone.
    Exit 1 if a round did not end as the newsroom expects.

    Example: zhiwen demo --keep /tmp/demo
    """
    from cli.demo.newsroom import serve

    with serve() as newsroom, _folder(keep) as folder:
        say(f"a newsroom at {newsroom.base_url}, a home in {folder}")
        rounds = [_round(newsroom, folder)]
        newsroom.next_round()
        rounds.append(_round(newsroom, folder))
    if json:
        emit_json(rounds)
    if not all(each["as_expected"] for each in rounds):
        raise typer.Exit(1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="zhiwen-demo-") as folder:
        yield Path(folder)


def _settings(newsroom: Newsroom, folder: Path) -> Loaded:
    """The shipped configuration with the newsroom as the only sources."""
    from config.settings import load_settings

    shipped, config = loaded().folder, folder / "config"
    config.mkdir(exist_ok=True)
    newsroom.sources(config / "sources")
    for name in ("lexicon", "rules", "channels.yaml"):
        if not (config / name).exists():
            (config / name).symlink_to(shipped / name)
    environ = {"ZHIWEN_CONFIG": str(config), "ZHIWEN_HOME": str(folder / "home")}
    return load_settings(environ=environ)


def _round(newsroom: Newsroom, folder: Path) -> dict[str, Any]:
    from crawler.children import Children
    from scheduler import Monitor, crawl_in_child, deliver, report_line, work

    say(f"\n── round {newsroom.round} " + "─" * 60)
    pages: list[dict[str, Any]] = []
    with Monitor(_settings(newsroom, folder)) as parts:
        reports = [crawl_in_child(parts, source.id, children=Children()) for source in parts.sources]
        for report in reports:
            say(f"  crawled  {report_line(report)}")
        done = work(parts, stop=threading.Event(), ended=lambda entry, end: pages.append(_page(parts, entry, end)))
        delivered = deliver(parts, stop=threading.Event())
        for page in pages:
            say(f"  {page['outcome']:9} {page['what']}")
        new = parts.store.ledger.alerts(limit=done.alerts) if done.alerts else []
        say(f"  indexed  {done.indexed} documents")
        for alert in new:
            say(f"  alert    {alert.rule}: {alert.title}")
            for evidence in alert.evidence[:1]:
                say(f"           “{evidence.sentence[:60]}”")
        say(f"  delivered {delivered.delivered} alerts to {', '.join(parts.channels)}")
    unchanged = sum(report.not_modified for report in reports)
    wrong = _differences(newsroom.expected, pages, unchanged=unchanged)
    for line in wrong:
        say(f"  not as expected: {line}")
    return {
        "round": newsroom.round,
        "crawls": reports,
        "pages": pages,
        "alerts": new,
        "indexed": done.indexed,
        "as_expected": not wrong,
    }


def _page(parts: Monitor, entry: SpoolEntry, end: Finished) -> dict[str, Any]:
    stored = parts.store.articles.get(end.article_id) if end.article_id else None
    what = entry.page.url
    if stored is not None and end.reason is None:
        mirror = " (recovered from a mirror)" if stored.article.mirror else ""
        what = f"{stored.article.title}{mirror}" + (f", version {end.version}" if end.outcome == "updated" else "")
    elif end.reason:
        what = f"{end.reason}: {entry.page.url}"
    return {"url": entry.page.url, "outcome": end.outcome.value, "reason": end.reason, "what": what}


def _differences(expected: Expected, pages: list[dict[str, Any]], *, unchanged: int) -> list[str]:
    """Where the round ended otherwise than the newsroom says it must."""
    outcomes = Counter(page["outcome"] for page in pages)
    reasons = Counter(page["reason"] for page in pages if page["outcome"] == "dropped")
    gone = reasons.pop("gone", 0)
    compared = {
        "added": (expected.added, outcomes["added"]),
        "updated": (expected.updated, outcomes["updated"]),
        "gone": (expected.gone, gone),
        "dropped": (dict(expected.dropped), dict(reasons)),
    }
    if expected.unchanged:
        compared["not modified at least"] = (True, unchanged >= expected.unchanged)
    return [f"{name}: expected {want}, got {got}" for name, (want, got) in compared.items() if want != got]
