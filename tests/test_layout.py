"""The layout holds: our top-level names are ours alone, and no folder under tests poses as a package."""

from __future__ import annotations

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
TOP_LEVEL = sorted({name.split(".")[0] for name in PACKAGES} | set(PROJECT["tool"]["setuptools"]["py-modules"]))


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_no_dependency_claims_our_name(name: str) -> None:
    claimed = packages_distributions().get(name, [])

    assert set(claimed) <= {"zhiwen"}


def test_every_package_is_listed() -> None:
    found = {
        ".".join(file.parent.relative_to(ROOT).parts) for top in TOP_LEVEL for file in (ROOT / top).rglob("__init__.py")
    }

    assert found == set(PACKAGES)


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
