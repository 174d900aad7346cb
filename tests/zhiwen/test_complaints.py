"""What pydantic refuses is told in words of the file: line, key, what stands there, what to write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from zhiwen.complaints import refusal
from zhiwen.errors import SettingsError
from zhiwen.yamlfile import read_yaml


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Part(Strict):
    title: str = ""
    weight: float = Field(1.0, gt=0)


class Watch(Strict):
    kind: Literal["watch"]
    watch_codes: list[str] = []
    parts: list[Part] = []
    state: Literal["on", "off"] = "on"
    excluded: str = Field("", alias="not")

    @field_validator("excluded")
    @classmethod
    def _short(cls, text: str) -> str:
        if len(text) > 3:
            raise ValueError(f"{text!r} is too long; write three characters")
        return text


class Other(Strict):
    kind: Literal["other"]


Thing = Watch | Other
ADAPTER: TypeAdapter[Thing] = TypeAdapter(Annotated[Thing, Field(discriminator="kind")])


def refused(folder: Path, text: str, *, values: bool = True) -> str:
    """The error about the thing at key `thing` of a file, without the folder."""
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    file = read_yaml(path)
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(file.data["thing"])
    error = refusal(caught.value, what="source 'hkex'", file=file, model=Thing, at=("thing",), values=values)
    assert isinstance(error, SettingsError)
    return str(error).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("watch_codes: [00700]", "key 'watch_codes.0' is a number (448); quote the code: \"00700\""),
        ("state: off", "key 'state' is true or false (False); quote it: \"off\""),
        ("not: 2026-07-02", "key 'not' is a date (2026-07-02); quote it: \"2026-07-02\""),
        ("not: 1:30", "key 'not' is a number (90); quote it: \"1:30\""),
        ("not: 0", "key 'not' is a number (0); quote it: \"0\""),
        ("state: maybe", "key 'state': input should be 'on' or 'off', not 'maybe'"),
        ("not: [a]", "key 'not': input should be a valid string, found a list"),
        ("not: ~", "key 'not': input should be a valid string, found nothing"),
        ("not: 港交所聆讯", "key 'not': '港交所聆讯' is too long; write three characters"),
        ("parts: [{weight: -0x10}]", "key 'parts.0.weight': input should be greater than 0, not -0x10"),
        ("parts: [{titel: x}]", "unknown key 'parts.0.titel'; did you mean 'title'?"),
        ("parts: [{colour: x}]", "unknown key 'parts.0.colour'; known: title, weight"),
        ("parts: [x]", "key 'parts.0': expected keys and values, found text"),
        ("watch_code: []", "unknown key 'watch_code'; did you mean 'watch_codes'?"),
        ("nott: x", "unknown key 'nott'; did you mean 'not'?"),
    ],
)
def test_each_mistake_says_what_to_write(tmp_path: Path, line: str, said: str) -> None:
    assert refused(tmp_path, f"thing:\n  kind: watch\n  {line}\n") == f"x.yaml:3: source 'hkex': {said}"


@pytest.mark.parametrize("kind", ["kind: watsch", "state: 'on'"])
def test_the_branches_there_are_are_named(tmp_path: Path, kind: str) -> None:
    assert refused(tmp_path, f"thing:\n  {kind}\n") == "x.yaml:2: source 'hkex': key 'kind' must be watch or other"


def test_a_missing_key_is_placed_where_it_should_stand(tmp_path: Path) -> None:
    class Needs(Strict):
        inner: Annotated[Named, Field()]

    class Named(Strict):
        name: str

    Needs.model_rebuild(_types_namespace={"Named": Named})
    path = tmp_path / "x.yaml"
    path.write_text("# ours\ninner:\n  {}\n", encoding="utf-8")
    file = read_yaml(path)
    with pytest.raises(ValidationError) as caught:
        Needs.model_validate(file.data)

    said = str(refusal(caught.value, what="it", file=file, model=Needs))
    assert said == f"{path}:3: it: key 'inner.name' is missing; add it"


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    said = refused(tmp_path, "thing:\n  kind: watch\n  watch_codes: [00700]\n  state: sure\n  colour: red\n")

    assert [line.split(": ")[0] for line in said.splitlines()] == ["x.yaml:3", "x.yaml:4", "x.yaml:5"]


def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in refused(tmp_path, "thing: {kind: watch, state: hunter2}", values=False)


def test_pydantic_is_not_loaded_by_the_module() -> None:
    """Light modules import it too, and pydantic takes a fifth of a second."""
    code = "import sys, zhiwen.complaints, zhiwen.yamlfile; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
