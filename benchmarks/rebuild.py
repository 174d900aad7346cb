"""How fast the embedded index is filled from a store: `python benchmarks/rebuild.py`

Pages of generated news are analysed as any page is (entities, figures, lines, notes and all), and the articles put into a
store of the scratch folder; some tens of different ones, again and again under other addresses, since analysing takes far
longer than indexing. Then `index.sync.rebuild`, which `zhiwen index rebuild` calls, runs in a process of its own and reports
documents a second and the most memory it held, reading and decoding of the articles included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path

from corpus import generated
from search import peak_memory, report, spent

from config.settings import load_settings
from crawler.records import RawPage
from index.open import open_index
from index.records import Document
from index.sync import rebuild
from nlp.records import Article
from scheduler import Monitor
from store.store import Store, open_store
from zhiwen.times import now
from zhiwen.urls import article_id

LENGTHS = {"short": 120, "long": 3_000}  # characters


def page_of(document: Document) -> RawPage:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in document.text.split("\n"))
    body = f"<html><head><title>{escape(document.title)}</title></head><body><h1>{escape(document.title)}</h1>{paragraphs}</body></html>"
    return RawPage(
        url=document.url,
        final_url=document.url,
        source=document.source,
        fetched_at=now(),
        content_type="text/html; charset=utf-8",
        body=body.encode(),
    )


def analysed(count: int, *, length: int) -> list[Article]:
    analyser = Monitor(load_settings()).analyser
    results = (analyser.analyse(page_of(document)) for document in generated(2 * count, length=length))
    articles = [result for result in results if isinstance(result, Article)][:count]
    if len(articles) < count:
        raise AssertionError(f"only {len(articles)} of {2 * count} generated pages are articles")
    return articles


def copies(articles: list[Article], count: int) -> Iterator[Article]:
    for number in range(count):
        url = f"https://news.example/{number}"
        yield replace(articles[number % len(articles)], url=url, canonical_url=url, fingerprint=f"{number:064x}")


def fill(store: Store, articles: Iterator[Article]) -> None:
    """Through the spool, as the daemon does."""
    for article in articles:
        page = RawPage(
            url=article.url, final_url=article.url, source=article.source, fetched_at=article.fetched_at, body=b""
        )
        page_id = store.spool.put(page)
        (entry,) = store.spool.claim("benchmark", limit=1, lease=timedelta(minutes=5), ids=[page_id])
        finished = store.finish(entry, article)
        assert finished.article_id == article_id(article.canonical_url)


def measure(url: str, folder: Path) -> None:
    """In a process of its own: its memory is the rebuild's."""
    with open_store(url) as store:
        index = open_index("embedded", folder)
        took = spent(lambda: rebuild(index, store.articles))
        held = index.status()
    report(
        documents=held.documents,
        **{
            "documents/s": round(held.documents / took.wall),
            "documents/processor s": round(held.documents / took.processor),
            "disk, MB": round(held.size_bytes / 1e6),
            "peak memory of the process, MB": peak_memory(),
        },
    )


def main() -> None:
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--short", type=int, default=20_000, help=f"articles of {LENGTHS['short']} characters")
    known.add_argument("--long", type=int, default=4_000, help=f"articles of {LENGTHS['long']} characters")
    known.add_argument("--different", type=int, default=60, help="how many are analysed of each")
    known.add_argument("--measure", nargs=2, metavar=("STORE", "FOLDER"), help=argparse.SUPPRESS)
    given = known.parse_args()
    if given.measure:
        measure(given.measure[0], Path(given.measure[1]))
        return
    for name, count in {"short": given.short, "long": given.long}.items():
        with tempfile.TemporaryDirectory() as scratch:
            url = f"sqlite:///{scratch}/store.db"
            articles = analysed(given.different, length=LENGTHS[name])
            with open_store(url, migrate=True) as store:
                fill(store, copies(articles, count))
            sizes = [len(article.text) for article in articles]
            report(articles=name, characters=round(sum(sizes) / len(sizes)))
            subprocess.run([sys.executable, __file__, "--measure", url, f"{scratch}/index"], check=True)


if __name__ == "__main__":
    main()
