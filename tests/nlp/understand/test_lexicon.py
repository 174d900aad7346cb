"""The lexicon refuses what would be wrong silently, naming file, entry and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.lexicon import Lexicon, load_lexicon
from zhiwen.errors import SettingsError

FILES = ("companies.yaml", "models.yaml", "people.yaml", "organisations.yaml", "places.yaml")


def folder(path: Path, **contents: str) -> Path:
    path.mkdir(exist_ok=True)
    for name in FILES:
        (path / name).write_text(contents.get(name.removesuffix(".yaml"), "[]"), encoding="utf-8")
    return path


def test_shipped_lexicon_is_as_wide_as_promised(lexicon: Lexicon) -> None:
    count = {type_: sum(entry.type == type_ for entry in lexicon.entries) for type_ in ("COMPANY", "PRODUCT", "PERSON")}

    assert count["COMPANY"] >= 400
    assert count["PRODUCT"] >= 200
    assert count["PERSON"] >= 200


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("深度求索", "DeepSeek"), ("智譜", "智谱"), ("Ｍｏｏｎｓｈｏｔ AI", "月之暗面"), ("NVIDIA", "英伟达")],
)
def test_any_spelling_leads_to_the_company(name: str, canonical: str, lexicon: Lexicon) -> None:
    entry = lexicon.company(name)

    assert entry is not None
    assert entry.name == canonical


def test_codes_lead_to_companies(lexicon: Lexicon) -> None:
    assert lexicon.codes["02513.HK"].name == "智谱"


@pytest.mark.parametrize(
    ("companies", "message"),
    [
        (
            "- {name: 甲, codes: [02513]}",
            r"companies.yaml:1: entry '甲': key 'codes.0' is a number \(1355\); quote the code: \"02513\"",
        ),
        ("- {name: 甲, country: NO}", r"key 'country' is true or false \(False\); quote it: \"NO\""),
        ("- {name: 甲, code: '1'}", "entry '甲': unknown key 'code'"),
        ("- {name: 甲, codes: ['2513']}", "CODE.EXCHANGE"),
        (
            "- {name: 甲}\n- {name: 甲}",
            r"companies.yaml:2: entry '甲' stands there twice \(merge it with .*companies.yaml:1\)",
        ),
        ("- {name: 甲, aliases: [丙]}\n- {name: 乙, aliases: [丙]}", "'丙' of entry '乙' is a name of '甲' too"),
        (
            "- {name: 甲, codes: ['00001.HK']}\n- {name: 乙, codes: ['00001.HK']}",
            "code 00001.HK belongs to '甲' and '乙'",
        ),
        ("- {name: 甲, guards: {丁: {cased: true}}}", "guard for '丁', which is not among its aliases"),
        ("name: 甲", "the list"),
        ("- {name: 甲", "companies.yaml:1: is not valid YAML"),
    ],
)
def test_mistakes_are_refused_by_name(companies: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        load_lexicon(folder(tmp_path / "lexicon", companies=companies))


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"companies\.yaml: cannot be read"):
        load_lexicon(tmp_path)


def test_person_of_an_unknown_company_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'甲' is neither a company nor an organisation"):
        load_lexicon(folder(tmp_path / "lexicon", people="- {name: 王五六, of: [甲], role: CEO}"))


def test_a_users_folder_replaces_and_adds(tmp_path: Path) -> None:
    shipped = folder(tmp_path / "shipped", companies="- {name: 甲公司, aliases: [甲]}\n- {name: 乙公司}")
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "companies.yaml").write_text("- {name: 甲公司, aliases: [阿甲]}\n- {name: 丙公司}", encoding="utf-8")

    lexicon = load_lexicon(shipped, extra)

    assert lexicon.company("阿甲") is not None
    assert lexicon.company("甲") is None
    assert lexicon.company("乙公司") is not None
    assert lexicon.company("丙公司") is not None
