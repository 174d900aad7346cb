"""What must not change without somebody noticing: the tokens of indexes already written, and what a command loads."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from index.searchable import searchable
from index.tokens import ANALYSIS_VERSION

EVERY_CHARACTER = "\n".join(f"a{chr(code)}1{chr(code)}{chr(code)} 中" for code in range(0x30000))
# Another digest means other tokens: raise ANALYSIS_VERSION (indexes are then rebuilt) and put the new pair here.
# The Unicode tables of Python 3.11 and OpenCC's characters are part of it.
KNOWN = (2, "330009095ee17f79")


def test_other_tokens_come_with_another_version() -> None:
    digest = hashlib.sha256(searchable(EVERY_CHARACTER).encode()).hexdigest()[:16]

    assert (ANALYSIS_VERSION, digest) == KNOWN


@pytest.mark.parametrize("module", ["index.records", "index.open", "index.sync", "index.aliases"])
def test_light_modules_load_no_heavy_ones(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'tantivy', 'lark', 'opencc', 'spacy', 'elasticsearch'}} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"
