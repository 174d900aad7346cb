from pathlib import Path

import pytest

from alerts.rules import load_rules
from zhiwen.errors import SettingsError

ALIASES = {"智谱": "智谱", "智谱AI": "智谱", "02513": "智谱", "商汤": "商汤科技"}


@pytest.fixture
def load(tmp_path: Path, compiler):
    """Load rules from the given text of `filings.yaml` (and others)."""

    def loaded(text: str, **others: str):
        for name, content in {"filings": text, **others}.items():
            (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        return load_rules(
            tmp_path,
            compiler=compiler,
            channels=("inbox", "ops"),
            known_events=("hearing_passed", "listed"),
            known_sources=("hkex_hearings",),
            resolve_company=ALIASES.get,
        )

    return loaded


def one(**fields: str) -> str:
    """A file with one rule that is whole but for what is given."""
    given = {"id": "filings", "name": "聆讯", "channels": "[inbox]", "query": "聆讯"} | fields
    return "rules:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in given.items() if value) + "\n"


def test_rule_is_read_as_written(load) -> None:
    rules = load(
        """
        # what the desk watches
        rules:
          - id: filings
            name: 递表与聆讯
            query: 聆讯
            companies: [智谱AI, 商汤]
            events: [hearing_passed, {type: listed, modality: [fact, planned]}]
            sources: [hkex_hearings]
            about_only: true
            exclude_mirrors: true
            channels: [inbox, ops]
            enabled: false
        """
    )
    (rule,) = rules

    assert (rule.id, rule.name, rule.query, rule.channels) == ("filings", "递表与聆讯", "聆讯", ("inbox", "ops"))
    assert rule.companies == {"智谱", "商汤科技"}
    assert [(event.type, set(event.modalities)) for event in rule.events] == [
        ("hearing_passed", {"fact"}),
        ("listed", {"fact", "planned"}),
    ]
    assert rule.sources == {"hkex_hearings"}
    assert (rule.about_only, rule.exclude_mirrors, rule.enabled) == (True, True, False)
    assert rule.defined_in.endswith("filings.yaml:4")


def test_rules_of_all_files_are_one_set(load) -> None:
    rules = load(one(id="a"), models=one(id="b"), empty="# nothing yet\n")

    assert [rule.id for rule in rules] == ["a", "b"]
    assert rules.get("b") in rules
    assert rules.get("c") is None


def test_quoted_code_is_a_company(load) -> None:
    (rule,) = load(one(companies='["02513"]'))

    assert rule.companies == {"智谱"}


REFUSED = [
    pytest.param(one(companies="[02513]"), ["'companies.0' is a number (1355)", 'quote the code: "02513"', ":6"], id="code"),
    pytest.param(one(id="no"), ["'id' is true or false (False)", 'quote it: "no"'], id="no is false"),
    pytest.param(one(events="[2025-12-24]"), ["'events.0' is a date", 'quote it: "2025-12-24"'], id="date"),
    pytest.param(one(qeury="x"), ["unknown key 'qeury'", "did you mean 'query'?"], id="misspelt key"),
    pytest.param(one(frequency="daily"), ["unknown key 'frequency'", "known: id, name, channels"], id="unknown key"),
    pytest.param(one(channels=""), ["rule 'filings'", "key 'channels' is missing"], id="no channel"),
    pytest.param(one(channels="[]"), ["key 'channels'", "at least 1 item"], id="empty list"),
    pytest.param(one(companies="[]"), ["key 'companies'", "at least 1 item"], id="last company deleted"),
    pytest.param(one(query="''"), ["key 'query'", "at least 1 character"], id="empty query"),
    pytest.param(one(companies="~"), ["key 'companies'", "found nothing"], id="half written"),
    pytest.param(one(channels="[inbux]"), ["there is no channel 'inbux'", "did you mean 'inbox'?"], id="channel"),
    pytest.param(one(events="[hearing]"), ["there is no event 'hearing'", "did you mean 'hearing_passed'?"], id="event"),
    pytest.param(one(sources="[x]"), ["there is no source 'x'", "there are: hkex_hearings"], id="source"),
    pytest.param(one(companies="[某某公司]"), ["no company '某某公司'", "config/lexicon"], id="company"),
    pytest.param(one(query="(聆讯"), ["the query does not parse", "column 1", "close it"], id="query"),
    pytest.param(one(query=""), ["it would meet every article"], id="no condition"),
    pytest.param(one(about_only="true"), ["'about_only' says nothing without companies"], id="about whom"),
    pytest.param(one(enabled='"yes"'), ["key 'enabled'", "not 'yes'"], id="text for true"),
    pytest.param(one(events="[{type: listed, modality: [sure]}]"), ["'events.0.modality.0'", "'rumoured'"], id="modality"),
    pytest.param(one(id="Großes"), ["key 'id'", "match pattern"], id="id"),
    pytest.param("rules:\n- 聆讯\n", ["rule 'number 1'"], id="no mapping"),
    pytest.param("- id: x\n", ["expected the one key 'rules'"], id="no key rules"),
    pytest.param("rules: [\n", ["filings.yaml:2: is not valid YAML", "correct that line"], id="not YAML"),
    pytest.param(one() + "    query: b\n", ["key 'query' is given twice", ":6"], id="key twice"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_error_names_file_key_and_next_step(load, text: str, said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(text)

    message = str(caught.value)
    assert "filings.yaml" in message
    assert [words for words in said if words not in message] == []


def test_all_errors_of_a_rule_are_told_at_once(load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(one(companies="[02513]", enabled="maybe", qeury="x"))

    assert len(str(caught.value).splitlines()) == 3


def test_id_that_is_taken_names_both_places(load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(one(), models=one())

    assert "models.yaml:2" in str(caught.value)
    assert "filings.yaml:2" in str(caught.value)


def test_file_that_is_no_text_is_named(load, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes("rules: 规则".encode("gbk"))

    with pytest.raises(SettingsError, match=r"broken\.yaml"):
        load(one())


def test_missing_folder_is_an_error_and_an_empty_one_is_not(tmp_path: Path, compiler) -> None:
    assert len(load_rules(tmp_path, compiler=compiler, channels=())) == 0
    with pytest.raises(SettingsError, match="does not exist"):
        load_rules(tmp_path / "rules", compiler=compiler, channels=())
