"""deploy/kibana/zhiwen.ndjson as far as it can be tested without a Kibana: it is consistent in itself, speaks of fields
that the index has, and what its panels and searches ask a real Elasticsearch for comes back right.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pytest

from crawler.sources import FolderSource
from index.elastic.documents import mapping
from index.records import Document, DocumentFigure
from nlp.components.events import load_event_types

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "kibana"
RECORDS = "___records___"
GROUPING = {"terms", "date_histogram"}
# What Lens takes the field of an operation for, as types of the mapping.
TAKEN = {
    "terms": {"keyword", "boolean"},
    "date_histogram": {"date"},
    "unique_count": {"keyword"},
    "max": {"date", "long", "integer", "double"},
}
LENS_TYPES = {"terms": "string", "date_histogram": "date", "unique_count": "number", "count": "number", "max": "date"}


def made(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(FOLDER / "make.py"), *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def parsed(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


OBJECTS = parsed((FOLDER / "zhiwen.ndjson").read_text(encoding="utf-8"))
VIEWS = {one["attributes"]["title"]: one["attributes"] for one in OBJECTS if one["type"] == "index-pattern"}
TITLES = {one["id"]: one["attributes"]["title"] for one in OBJECTS if one["type"] == "index-pattern"}
SEARCHES = {one["id"]: one for one in OBJECTS if one["type"] == "search"}
(DASHBOARD,) = (one for one in OBJECTS if one["type"] == "dashboard")
PANELS = {panel["panelIndex"]: panel for panel in json.loads(DASHBOARD["attributes"]["panelsJSON"])}
LENSES = {id: panel["embeddableConfig"]["attributes"] for id, panel in PANELS.items() if panel["type"] == "lens"}


def fields_of(properties: dict[str, Any], *, above: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its type, also those that hold others."""
    for name, field in properties.items():
        yield f"{above}{name}", field.get("type", "object")
        yield from fields_of(field.get("properties", {}), above=f"{above}{name}.")


ARTICLE_FIELDS = dict(fields_of(mapping()["properties"]))


def columns_of(lens: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """In the order in which Lens nests them."""
    (layer,) = lens["state"]["datasourceStates"]["formBased"]["layers"].values()
    assert set(layer["columnOrder"]) == set(layer["columns"])
    return {id: layer["columns"][id] for id in layer["columnOrder"]}


def index_of(object: dict[str, Any]) -> str:
    """The index of the data view that a search or a Lens panel refers to."""
    (id,) = (one["id"] for one in object["references"] if one["type"] == "index-pattern")
    return str(TITLES[id])


def hidden(view: dict[str, Any], field: str) -> bool:
    return any(fnmatchcase(field, one["value"]) for one in json.loads(view["sourceFilters"]))


# the file and what makes it


def test_the_committed_file_is_what_make_prints() -> None:
    wanted = "run `.venv/bin/python deploy/kibana/make.py > deploy/kibana/zhiwen.ndjson`"

    assert (FOLDER / "zhiwen.ndjson").read_bytes() == made().stdout, wanted


def test_another_prefix_shares_no_id_and_no_index() -> None:
    others = parsed(made("--prefix", "news").stdout.decode())

    assert not {one["id"] for one in others} & {one["id"] for one in OBJECTS}
    assert {one["attributes"]["title"] for one in others if one["type"] == "index-pattern"} == {
        "news-articles",
        "news-state",
    }
    assert b"zhiwen-" not in made("--prefix", "news").stdout


@pytest.mark.parametrize("prefix", ["News", "新闻", "a b", "", "-a", "*"])
def test_what_no_prefix_can_be_is_refused(prefix: str) -> None:
    refused = made(f"--prefix={prefix}")

    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"is no prefix" in refused.stderr


# one object and the others


@pytest.mark.parametrize("object", OBJECTS, ids=lambda object: object["id"])
def test_references_lead_to_objects_of_the_file(object: dict[str, Any]) -> None:
    there = {(one["type"], one["id"]) for one in OBJECTS}
    names = [one["name"] for one in object["references"]]

    assert {(one["type"], one["id"]) for one in object["references"]} <= there
    assert len(names) == len(set(names))


@pytest.mark.parametrize("object", OBJECTS, ids=lambda object: object["id"])
def test_objects_say_versions_that_8_19_and_9_know(object: dict[str, Any]) -> None:
    """Kibana refuses an object of a later version than its own; these are the first ones since 8.10 or before."""
    oldest = {"index-pattern": "8.0.0", "search": "10.1.0", "dashboard": "10.1.0"}

    assert (object["coreMigrationVersion"], object["typeMigrationVersion"]) == ("8.8.0", oldest[object["type"]])


@pytest.mark.parametrize("id", PANELS)
def test_the_dashboard_lists_what_a_panel_refers_to(id: str) -> None:
    listed = {
        one["name"].removeprefix(f"{id}:"): (one["type"], one["id"])
        for one in DASHBOARD["references"]
        if one["name"].startswith(f"{id}:")
    }
    if id in LENSES:
        layers = LENSES[id]["state"]["datasourceStates"]["formBased"]["layers"]
        assert set(listed) == {f"indexpattern-datasource-layer-{layer}" for layer in layers}
        assert listed == {one["name"]: (one["type"], one["id"]) for one in LENSES[id]["references"]}
    else:
        assert [*listed] == [PANELS[id]["panelRefName"]]
        assert listed[PANELS[id]["panelRefName"]][1] in SEARCHES


def test_searches_name_their_data_view_by_reference() -> None:
    for search in SEARCHES.values():
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])

        assert source["indexRefName"] == search["references"][0]["name"]
        assert index_of(search) in VIEWS


def test_panels_lie_on_the_grid_and_on_no_other() -> None:
    taken: Counter[tuple[int, int]] = Counter()
    for id, panel in PANELS.items():
        place = panel["gridData"]
        assert place["i"] == id
        assert place["x"] + place["w"] <= 48
        rows, columns = range(place["y"], place["y"] + place["h"]), range(place["x"], place["x"] + place["w"])
        taken.update((x, y) for y in rows for x in columns)

    assert max(taken.values()) == 1


# fields


def test_every_field_of_an_article_is_labelled_or_hidden() -> None:
    view = VIEWS["zhiwen-articles"]
    labels = json.loads(view["fieldAttrs"])

    assert {field for field in ARTICLE_FIELDS if field in labels and hidden(view, field)} == set()
    assert {field for field in ARTICLE_FIELDS if not hidden(view, field)} == {*labels}
    assert len({one["customLabel"] for one in labels.values()}) == len(labels)
    assert max(len(one.get("customDescription", "")) for one in labels.values()) <= 300  # Kibana's limit


def test_nothing_that_people_read_is_hidden() -> None:
    readable = {field for field, type in ARTICLE_FIELDS.items() if type in ("keyword", "date")} | {"title", "text"}
    hidden_keywords = {field for field in readable if hidden(VIEWS["zhiwen-articles"], field)}

    assert {field for field in hidden_keywords if not field.startswith("keys.")} == {"payload"}


def test_filters_hide_fields_that_exist() -> None:
    view = VIEWS["zhiwen-articles"]

    for one in json.loads(view["sourceFilters"]):
        assert any(fnmatchcase(field, one["value"]) for field in ARTICLE_FIELDS), one


def test_formats_are_of_fields_that_exist() -> None:
    assert set(json.loads(VIEWS["zhiwen-articles"]["fieldFormatMap"])) <= set(ARTICLE_FIELDS)
    assert ARTICLE_FIELDS[VIEWS["zhiwen-articles"]["timeFieldName"]] == "date"


def test_every_grade_and_event_has_a_name() -> None:
    formats = json.loads(VIEWS["zhiwen-articles"]["fieldFormatMap"])
    named = {field: {one["key"] for one in formats[field]["params"]["lookupEntries"]} for field in ("grade", "event")}

    assert named["grade"] == set(get_args(FolderSource.model_fields["grade"].annotation))
    assert named["event"] == {one.type for one in load_event_types()}


@pytest.mark.parametrize("id", LENSES)
def test_fields_of_a_panel_can_be_aggregated_as_it_does(id: str) -> None:
    assert index_of(LENSES[id]) == "zhiwen-articles"
    for column in columns_of(LENSES[id]).values():
        operation, field = column["operationType"], column["sourceField"]
        assert column["dataType"] == LENS_TYPES[operation]
        assert column["isBucketed"] == (operation in GROUPING)
        assert field == RECORDS if operation == "count" else ARTICLE_FIELDS[field] in TAKEN[operation]


@pytest.mark.parametrize("id", LENSES)
def test_a_panel_draws_the_columns_it_asks_for(id: str) -> None:
    columns = columns_of(LENSES[id])
    state = LENSES[id]["state"]
    drawn = state["visualization"]
    if LENSES[id]["visualizationType"] == "lnsXY":
        (layer,) = drawn["layers"]
        used = [layer[key] for key in ("splitAccessor", "xAccessor") if key in layer] + layer["accessors"]
    else:
        layer = drawn
        used = [column["columnId"] for column in drawn["columns"]]
        assert drawn["sorting"]["columnId"] in columns

    assert used == [*columns]
    assert layer["layerId"] in state["datasourceStates"]["formBased"]["layers"]
    for column in columns.values():
        order = column["params"].get("orderBy")
        assert order is None or not columns[order["columnId"]]["isBucketed"]


# what is asked for, asked


def aggregation(columns: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What Kibana asks Elasticsearch for where a layer has these columns: groups inside each other, numbers innermost."""
    if not columns:
        return {}
    id, column = next(iter(columns.items()))
    if not column["isBucketed"]:
        return {
            id: metric(column)
            for id, column in columns.items()
            if column["operationType"] != "count" or "filter" in column
        }
    inner = aggregation({name: other for name, other in columns.items() if name != id})
    if column["operationType"] == "date_histogram":
        group = {"date_histogram": {"field": column["sourceField"], "calendar_interval": "day", "min_doc_count": 1}}
    else:
        group = {"terms": {"field": column["sourceField"], "size": column["params"]["size"]}}
    return {id: {**group, "aggs": inner}}


def metric(column: dict[str, Any]) -> dict[str, Any]:
    field, operation = column["sourceField"], column["operationType"]
    if operation == "count":
        return {"filter": filtered(column["filter"]["query"])}
    return {{"unique_count": "cardinality", "max": "max"}[operation]: {"field": field}}


def filtered(kql: str) -> dict[str, Any]:
    """The one form of KQL that the file uses, `field : value`, as Kibana translates it."""
    field, value = kql.split(" : ")
    return {"match": {field: json.loads(value)}}


def article(number: int, **fields: Any) -> Document:
    given: dict[str, Any] = {
        "id": f"d{number}",
        "seq": number,
        "version": 1,
        "url": f"https://news.example/{number}",
        "title": f"第 {number} 篇",
        "text": "智谱通过港交所聆讯。",
        "source": "news_one",
        "author": None,
        "publisher": None,
        "published_at": datetime(2026, 11, number, 3, tzinfo=UTC),
        "stored_at": datetime(2026, 11, 20, tzinfo=UTC),
        "language": "zh",
        "mirror": False,
        "companies": ("智谱",),
        "about": ("智谱",),
        "people": ("张鹏",),
        "events": ("hearing_passed",),
        "keywords": ("港股",),
        "story": f"story{number}",
        **fields,
    }
    return Document(**given)


FIGURES = tuple(
    DocumentFigure(metric="revenue", value=float(value), unit="CNY", period="2024", subject="智谱")
    for value in range(10_001)
)
DOCUMENTS = (
    article(1, grade="filing", companies=("智谱", "MiniMax"), figures=FIGURES[:2]),
    article(
        2,
        grade="media",
        story="story1",
        mirror=True,
        source="mirror_one",
        published_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
    ),
    article(3, grade="media", events=("funding", "results"), people=(), keywords=()),
    article(4, grade="other", published_at=None, companies=(), about=(), events=()),
)
REFUSED = article(5, figures=FIGURES)  # more figures than an Elasticsearch takes as nested documents

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(elasticsearch_9: str) -> Iterator[Ask]:
    """Searches the index that stands for one of the file."""
    from elasticsearch import Elasticsearch
    from elasticsearch_prefix import own_prefix

    from index.elastic.client import Server
    from index.elastic.engine import ElasticIndex

    with own_prefix(elasticsearch_9) as prefix, Elasticsearch(elasticsearch_9) as client:
        index = ElasticIndex(Server(urls=(elasticsearch_9,), prefix=prefix))
        index.apply([*DOCUMENTS, REFUSED])
        index.close()

        def answer(of: str, /, path: str = "_search", **body: Any) -> dict[str, Any]:
            there = of.replace("zhiwen", prefix, 1)
            if path == "_field_caps":
                return dict(client.field_caps(index=there, fields="*").body)
            return dict(client.search(index=there, **body).body)

        yield answer


def values(documents: list[Document], *, column: dict[str, Any]) -> list[Any]:
    """The values that documents have for a column, one document's after the other's."""
    names = {"company": "companies", "person": "people", "event": "events", "keyword": "keywords"}
    field = column["sourceField"]
    found = [getattr(document, names.get(field, field)) for document in documents]
    lists = (value if isinstance(value, tuple) else (value,) for value in found if value is not None)
    return [value.date() if isinstance(value, datetime) else value for held in lists for value in held]


def same(documents: list[Document], columns: list[tuple[str, dict[str, Any]]], found: dict[str, Any]) -> None:
    """Asserts that the answer `found` is right for these documents."""
    if not columns or not columns[0][1]["isBucketed"]:
        numbers(documents, columns, found)
        return
    (id, column), *inner = columns
    buckets = {
        datetime.fromisoformat(bucket["key_as_string"]).date() if "key_as_string" in bucket else bucket["key"]: bucket
        for bucket in found[id]["buckets"]
    }
    assert {key: bucket["doc_count"] for key, bucket in buckets.items()} == Counter(values(documents, column=column))
    for key, bucket in buckets.items():
        same([one for one in documents if key in values([one], column=column)], inner, bucket)


def numbers(documents: list[Document], columns: list[tuple[str, dict[str, Any]]], found: dict[str, Any]) -> None:
    for id, column in columns:
        held = values(documents, column=column) if column["sourceField"] != RECORDS else []
        match column["operationType"]:
            case "unique_count":
                assert found[id]["value"] == len(set(held))
            case "max":
                assert datetime.fromtimestamp(found[id]["value"] / 1000, tz=UTC).date() == max(held)
            case "count" if "filter" in column:
                assert column["filter"]["query"] == "mirror : true"
                assert found[id]["doc_count"] == sum(document.mirror for document in documents)


@pytest.mark.elasticsearch
@pytest.mark.parametrize("id", LENSES)
def test_a_panel_counts_right(id: str, ask: Ask) -> None:
    columns = columns_of(LENSES[id])

    found = ask(index_of(LENSES[id]), size=0, aggs=aggregation(columns), query={"exists": {"field": "published_at"}})

    assert found["aggregations"]
    same([document for document in DOCUMENTS if document.published_at], [*columns.items()], found["aggregations"])


def table(search: dict[str, Any], ask: Ask) -> list[dict[str, Any]]:
    """The rows of a search, asked for as Discover does: by `fields`, sorted, with time."""
    attributes = search["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    time = VIEWS[index_of(search)]["timeFieldName"]
    wanted = [{"exists": {"field": time}}, *([filtered(source["query"]["query"])] if source["query"]["query"] else [])]
    found = ask(
        index_of(search),
        query={"bool": {"filter": wanted}},
        fields=attributes["columns"],
        source=False,
        sort=[{field: {"order": order}} for field, order in attributes["sort"]],
    )
    return [hit["fields"] for hit in found["hits"]["hits"]]


@pytest.mark.elasticsearch
def test_the_search_for_articles_shows_all_its_columns_newest_first(ask: Ask) -> None:
    rows = table(SEARCHES["zhiwen-newest"], ask)

    assert [row["title"] for row in rows] == [["第 3 篇"], ["第 2 篇"], ["第 1 篇"]]
    assert rows[0]["event"] == ["funding", "results"]
    assert rows[2]["company"] == ["智谱", "MiniMax"]
    assert set(rows[1]) == set(SEARCHES["zhiwen-newest"]["attributes"]["columns"])


@pytest.mark.elasticsearch
def test_the_search_for_rejected_documents_shows_the_reason(ask: Ask) -> None:
    (row,) = table(SEARCHES["zhiwen-rejected"], ask)

    assert row["url"] == [REFUSED.url]
    assert "nested" in row["reason"][0]
    assert set(row) == set(SEARCHES["zhiwen-rejected"]["attributes"]["columns"])


@pytest.mark.elasticsearch
@pytest.mark.parametrize("title", VIEWS)
def test_a_data_view_knows_the_fields_that_the_server_tells_kibana_of(title: str, ask: Ask) -> None:
    view = VIEWS[title]

    told = ask(title, "_field_caps")["fields"]
    fields = {name for name, types in told.items() if not any(one["metadata_field"] for one in types.values())}

    assert {field for field in fields if not hidden(view, field)} == {*json.loads(view["fieldAttrs"])}
    assert set(json.loads(view["fieldFormatMap"])) <= fields
    assert told[view["timeFieldName"]]["date"]["aggregatable"]


@pytest.mark.elasticsearch
def test_fields_that_the_data_view_hides_leave_all_that_is_read(ask: Ask) -> None:
    """Kibana passes its field filters on as source filters."""
    excluded = [one["value"] for one in json.loads(VIEWS["zhiwen-articles"]["sourceFilters"])]

    (hit,) = ask("zhiwen-articles", query={"term": {"id": "d1"}}, source={"excludes": excluded})["hits"]["hits"]

    told = {field for field in json.loads(VIEWS["zhiwen-articles"]["fieldAttrs"]) if "." not in field}
    assert set(hit["_source"]) == told - {"author", "publisher", "first_stored_at"}  # which this article lacks


@pytest.mark.elasticsearch
def test_plain_text_is_found_as_a_reader_would_ask_in_kibana(ask: Ask) -> None:
    """`text` is a standard field: KQL `text: "港交所聆讯"` is this phrase."""
    for field in ("title", "text"):
        assert ask("zhiwen-articles", query={"match_phrase": {field: "篇" if field == "title" else "港交所聆讯"}})[
            "hits"
        ]["hits"]
    assert not ask("zhiwen-articles", query={"match_phrase": {"text": "聆讯港交所"}})["hits"]["hits"]


@pytest.mark.elasticsearch
def test_conditions_on_one_figure_can_be_said_as_the_description_does(ask: Ask) -> None:
    """KQL `figures: { metric: "revenue" and value > 0 }` is a nested query."""
    inner = [{"term": {"figures.metric": "revenue"}}, {"range": {"figures.value": {"gt": 0}}}]
    query = {"nested": {"path": "figures", "query": {"bool": {"filter": inner}}}}

    assert [hit["_id"] for hit in ask("zhiwen-articles", query=query)["hits"]["hits"]] == ["d1"]
