"""Commands that do not analyse answer quickly: they import nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("spacy", "scrapy", "twisted", "tantivy", "elasticsearch", "trafilatura", "opencc", "pypinyin", "jieba", "fastapi", "uvicorn", "sqlalchemy", "apscheduler", "httpx", "lark", "lxml")  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["config"], set()),
        (["sources"], {"sqlalchemy", "lxml"}),  # lxml checks the selectors in source files
        (["alerts", "list"], {"sqlalchemy"}),
        (["spool", "list"], {"sqlalchemy"}),
        (["search", "智谱"], {"sqlalchemy", "tantivy", "opencc", "lark"}),
        (["trends"], {"tantivy", "opencc"}),
        (["figures", "智谱"], {"sqlalchemy", "tantivy", "opencc", "lark"}),
        (["query", "explain", "智谱"], {"tantivy", "opencc", "lark"}),
    ],
)
def test_a_command_imports_only_what_it_needs(
    arguments: list[str], allowed: set[str], environment: dict[str, str]
) -> None:
    code = (
        "import sys\n"
        "from cli.main import main\n"
        f"sys.argv = ['zhiwen', *{arguments!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print('HEAVY', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT, check=True
    )

    assert set(done.stdout.splitlines()[-1].split()[1:]) <= allowed
