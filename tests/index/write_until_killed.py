"""A writer for tests: `python write_until_killed.py FOLDER` applies batches of ten and says the position after each."""

import itertools
import sys
from datetime import UTC, datetime
from pathlib import Path

from index.embedded import TantivyIndex
from index.records import Document


def batch(number: int) -> list[Document]:
    """Batch n holds seq 10n+1 … 10n+10; half of its documents replace those of the batch before."""
    return [
        Document(
            id=f"d{(number * 10 + step) // 2}",
            seq=number * 10 + step,
            version=1,
            url="https://news.example/",
            title=f"批次{number}",
            text="智谱" * 50,
            source="hand",
            author=None,
            publisher=None,
            published_at=None,
            stored_at=datetime(2026, 1, 1, tzinfo=UTC),
            language="zh",
            mirror=False,
            companies=(),
            about=(),
            people=(),
            events=(),
            keywords=(),
        )
        for step in range(1, 11)
    ]


if __name__ == "__main__":
    index = TantivyIndex(Path(sys.argv[1]))
    for number in itertools.count(index.position() // 10):
        index.apply(batch(number))
        print(index.position(), flush=True)
