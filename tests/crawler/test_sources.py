"""Source files: what they may say, and how a wrong one is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.gate import refusal
from crawler.sources import FeedSource, FolderSource, ListSource, ingest_source, load_source, load_sources
from zhiwen.errors import SettingsError

SHIPPED = Path(__file__).parents[2] / "config" / "sources"
MINIMAL = """
id: x
name: x
kind: feed
enabled: true
urls: https://news.zhiwen-test.cn/feed
schedule: {every: 30m}
"""


def written(folder: Path, text: str, *, name: str = "x") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_source(written(folder, text))
    said = str(caught.value)
    assert re.match(rf"{re.escape(str(folder / 'x.yaml'))}:\d+: ", said)
    return said.removeprefix(f"{folder / 'x.yaml'}:").partition(": ")[2]


def test_a_minimal_source_has_the_manners_of_all(tmp_path: Path) -> None:
    source = load_source(written(tmp_path, MINIMAL))

    assert isinstance(source, FeedSource)
    assert source.urls == ("https://news.zhiwen-test.cn/feed",)
    assert source.when.every == timedelta(minutes=30)
    assert (source.delay, source.full_text, source.status) == (5.0, False, "on")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("form: {stock: 00700}\nmethod: POST", "key 'form.stock' is a number (448); quote the code: \"00700\""),
        ("publisher: 09999.5", "key 'publisher' is a number (9999.5); quote the code: \"09999.5\""),
        ("note: 2026-07-02", "key 'note' is a date (2026-07-02); quote it: \"2026-07-02\""),
        ("status: on", "key 'status' is true or false (True); quote it: \"on\""),
        ("colour: red", "unknown key 'colour'; known: id, name, enabled"),
        ("max_page: 3", "unknown key 'max_page'; did you mean 'max_pages'?"),
        ("delay: soon", "key 'delay': input should be a valid number"),
        ("extract: {titel: h1}", "unknown key 'extract.titel'; did you mean 'title'?"),
        ("article_pattern: '('", "key 'article_pattern': '(' is not a regular expression"),
        ("timezone: Mars/Olympus", "key 'timezone': 'Mars/Olympus' is not a time zone"),
        ("pages: {last: 3}", "pages: gives the numbers for {page}"),
        ("pages: {first: 3, last: 1}", "key 'pages': last (1) comes before first (3)"),
        ("form: {a: b}", "form and payload are sent with method: POST"),
        ("healthy: {min_items: many}", "key 'healthy.min_items': input should be a valid integer"),
        ("name: y", "key 'name' is given twice (keep one of them)"),
    ],
)
def test_a_wrong_key_is_named_with_what_to_write_instead(line: str, words: str, tmp_path: Path) -> None:
    assert complaint(tmp_path, MINIMAL + line).removeprefix("source 'x': ").startswith(words)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("{every: 30}", "key 'schedule.every': '30' is not a time span: write a number and a unit"),
        ("{every: 1:30}", "key 'schedule.every': '90' is not a time span: write a number and a unit"),
        ("{every: soon}", "key 'schedule.every': 'soon' is not a time span: write a number and a unit, like 90s, 30m"),
        ("{every: 1s}", "every: must be at least 10s"),
        ("{}", "write either every:"),
        ("{every: 1h, cron: '* * * * *'}", "write either every:"),
        ("{cron: '* * *'}", "key 'schedule.cron': '* * *' has 3 fields"),
        ("{cron: '0 8 * * 1-5'}", "key 'schedule.cron': '0 8 * * 1-5': write the weekday by name"),
    ],
)
def test_a_wrong_schedule_is_refused(schedule: str, words: str, tmp_path: Path) -> None:
    said = complaint(tmp_path, MINIMAL.replace("{every: 30m}", schedule))
    assert words in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: feed", "kind: telegram", "key 'kind' must be feed, list or folder"),
        ("kind: feed\n", "", "key 'kind' must be feed, list or folder"),
        ("id: x", "id: 163", "key 'id' is a number (163); quote it: \"163\""),
        ("id: x", "id: y", "source 'y' stands in a file of another name (call the file y.yaml)"),
        ("urls: https://news.zhiwen-test.cn/feed\n", "", "key 'urls' is missing; add it"),
        ("https://news.zhiwen-test.cn/feed", "news.zhiwen-test.cn", "is not a web address"),
        ("https://news.zhiwen-test.cn/feed", "https://x.cn/{pgae}", "{pgae} is not known; there are page, today, since"),
        ("enabled: true", "enabled: 'yes'", "key 'enabled': input should be a valid boolean"),
    ],
)  # fmt: skip
def test_what_every_source_must_say(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert words in complaint(tmp_path, MINIMAL.replace(old, new))


LISTING = MINIMAL.replace("kind: feed", "kind: list") + "fields: {url: u}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("format: json\nitems: 'a['", "'a[' is not JMESPath"),
        ("format: html\nitems: 'li['", "'li[' is not a CSS selector"),
        ("format: html\nitems: '//li['", "'//li[' is not XPath"),
        ("format: html\nitems: li\neach: x", "each and ok_if are for format: json"),
        ("format: json\nitems: x\nlink: 'https://x.cn/{id}'", "{id} is not known; there are url"),
        ("format: json\nitems: x\nfull_text: true", "full_text: true needs fields.content"),
        ("format: xml\nitems: x", "key 'format': input should be 'html' or 'json', not 'xml'"),
    ],
)
def test_expressions_of_a_list_are_checked_when_the_file_is_read(line: str, words: str, tmp_path: Path) -> None:
    assert words in complaint(tmp_path, LISTING + line)


def test_all_wrong_files_are_named_at_once(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL + "a: 1", name="x")
    written(tmp_path, "- not a source", name="y")
    written(tmp_path, "\tbroken", name="z")

    with pytest.raises(SettingsError) as caught:
        load_sources(tmp_path)

    assert [line.split(": ")[0].rsplit("/", 1)[-1] for line in str(caught.value).splitlines()] == [
        "x.yaml:8", "y.yaml:1", "z.yaml:1"
    ]  # fmt: skip


def test_a_folder_without_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds no source"):
        load_sources(tmp_path)


def test_overrides_are_what_nlp_takes(tmp_path: Path) -> None:
    from nlp.stages import Overrides

    text = MINIMAL + "publisher: 量子位\nextract: {title: h1, drop: [.ad, nav]}\n"
    overrides = Overrides(**load_source(written(tmp_path, text)).overrides)

    assert overrides == Overrides(title=("h1",), drop=(".ad", "nav"), publisher_name="量子位", timezone="Asia/Shanghai")


def test_given_addresses_must_be_web_addresses_and_may_hold_braces() -> None:
    assert ingest_source(("https://x.cn/{a}",)).urls == ("https://x.cn/%7Ba%7D",)
    with pytest.raises(SettingsError, match="is not a web address"):
        ingest_source(("file:///etc/passwd",))


class TestShippedSources:
    def test_eleven_feeds_and_edgar_and_the_samples_are_enabled(self) -> None:
        enabled = {source.id for source in load_sources(SHIPPED) if source.enabled}

        assert enabled == {
            "qbitai", "ithome", "zhidx", "leiphone", "tmtpost", "ifanr", "sspai", "geekpark", "solidot", "wallstreetcn",
            "chinanews", "sec_edgar", "samples",
        }  # fmt: skip

    def test_nothing_whose_terms_restrict_automation_runs_as_shipped(self) -> None:
        for source in load_sources(SHIPPED):
            if source.status != "on":
                assert not source.enabled
            if source.status == "ack":
                assert refusal(source, user_agent="zhiwen/0.1 (+ops@zhiwen-test.cn)") is not None

    def test_edgar_wants_a_contact(self) -> None:
        edgar = load_source(SHIPPED / "sec_edgar.yaml")

        assert refusal(edgar, user_agent="zhiwen/0.1") is not None
        assert refusal(edgar, user_agent="zhiwen/0.1 (+mailto:ops@zhiwen-test.cn)") is None

    def test_every_source_on_the_web_says_what_a_healthy_run_is_and_is_polite(self) -> None:
        for source in load_sources(SHIPPED):
            if isinstance(source, FeedSource | ListSource):
                assert "healthy" in source.model_fields_set
                assert source.delay >= (0.1 if source.id == "sec_edgar" else 3)

    def test_the_sample_folder_is_there(self) -> None:
        samples = load_source(SHIPPED / "samples.yaml")
        assert isinstance(samples, FolderSource)
        assert samples.folder(SHIPPED.parent).is_dir()


def test_a_source_file_written_by_a_program_reads_the_same(tmp_path: Path) -> None:
    keys: dict[str, Any] = yaml.safe_load(MINIMAL)
    again = load_source(written(tmp_path, yaml.safe_dump({**keys, "urls": ["https://a.cn/1", "https://a.cn/2"]})))
    assert isinstance(again, FeedSource)
    assert again.urls == ("https://a.cn/1", "https://a.cn/2")


@pytest.mark.parametrize("model", [FeedSource, ListSource, FolderSource])
def test_every_key_is_explained_in_the_docs(model: Any) -> None:
    text = (SHIPPED.parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [key for key in model.model_fields if f"`{key}`" not in text] == []
