"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.reference import PAGES

ROOT = Path(__file__).parent.parent
PAGES_OF_TEXT = [ROOT / "README.md", ROOT / "deploy" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run `python -m cli.reference`"


@pytest.mark.parametrize("page", PAGES_OF_TEXT, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES_OF_TEXT, ids=lambda page: page.name)
def test_commands_in_documents_exist(page: Path) -> None:
    known = PAGES["commands.md"]()
    said = set(re.findall(r"`zhiwen ([a-z]+)", page.read_text(encoding="utf-8")))

    assert {name for name in said if f"`zhiwen {name}" not in known} == set()
