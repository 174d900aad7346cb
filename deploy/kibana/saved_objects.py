"""Data views, searches and dashboards, and how Kibana writes them down: one saved object a line, JSON inside JSON.

The shapes are those of Kibana 8.19, which every 9 takes over: on import an object is migrated up from the versions it
says it has, and refused where Kibana knows only older ones. So each says the oldest version that its shape is valid in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_CORE_VERSION = "8.8.0"
_TYPE_VERSIONS = {"index-pattern": "8.0.0", "search": "10.1.0", "dashboard": "10.1.0"}
_RECORDS = "___records___"  # Lens' name for the documents themselves
_SEARCH_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What people see of a field: its label, a description, and optionally how values are shown."""

    label: str
    about: str = ""  # at most 300 characters
    shown_as: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataView:
    """`index` is an index or an alias; `hidden` are fields left out of documents, * stands for any ending."""

    id: str
    name: str
    index: str
    time: str
    fields: Mapping[str, Field]
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A table of documents, newest first, as Discover and dashboards show it. `query` is KQL."""

    id: str
    title: str
    about: str
    data_view: DataView
    columns: tuple[str, ...]
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A grouping or a number of a Lens panel, named by `operation`; `only` (KQL) says which documents a number is of."""

    operation: str
    of: str
    label: str
    type: str
    scale: str
    grouping: bool = False
    params: Json = field(default_factory=dict)
    only: str = ""

    @property
    def id(self) -> str:
        name = self.operation if self.of == _RECORDS else f"{self.operation}-{self.of}"
        return f"{name}-filtered" if self.only else name


def count(label: str, *, only: str = "") -> Column:
    return Column(
        operation="count",
        of=_RECORDS,
        label=label,
        type="number",
        scale="ratio",
        params={"emptyAsNull": True},
        only=only,
    )


def distinct(of: str, *, label: str) -> Column:
    return Column(
        operation="unique_count",
        of=of,
        label=label,
        type="number",
        scale="ratio",
        params={"emptyAsNull": True},
    )


def latest(of: str, *, label: str) -> Column:
    return Column(operation="max", of=of, label=label, type="date", scale="ratio", params={"emptyAsNull": True})


def over_time(of: str, *, label: str) -> Column:
    """Intervals that fit the range of time which is looked at."""
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return Column(
        operation="date_histogram",
        of=of,
        label=label,
        type="date",
        scale="interval",
        grouping=True,
        params=params,
    )


def top(of: str, *, label: str, size: int) -> Column:
    """The values that most documents have; without the rest of them as one, which means little where a document has several."""
    params = {
        "size": size,
        "orderBy": {"type": "column", "columnId": "count"},
        "orderDirection": "desc",
        "otherBucket": False,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
    }
    return Column(operation="terms", of=of, label=label, type="string", scale="ordinal", grouping=True, params=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars of `y` over `x`; `shape` is a series type of Lens. `split` makes the colours."""

    title: str
    data_view: DataView
    shape: str
    x: Column
    y: Column
    split: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """As Lens nests them: the colours are the same in every bar."""
        return (*((self.split,) if self.split else ()), self.x, self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    data_view: DataView
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Something at its place on the grid, which is 48 wide. A search is shown under its own title."""

    id: str
    x: int
    y: int
    width: int
    height: int
    shows: Chart | Table | Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    id: str
    title: str
    about: str
    since: str  # date math: what it shows when it is opened
    panels: tuple[Panel, ...]


def ndjson(objects: Iterable[DataView | Search | Dashboard]) -> str:
    """The content of an export file; the same each time."""
    return "".join(f"{_dumped(_saved(one))}\n" for one in objects)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _saved(one: DataView | Search | Dashboard) -> Json:
    match one:
        case DataView():
            return _object("index-pattern", one.id, _data_view(one), references=[])
        case Search():
            references = [_reference(_SEARCH_SOURCE, one.data_view)]
            return _object("search", one.id, _search(one), references=references)
        case Dashboard():
            references = [reference for panel in one.panels for reference in _panel_references(panel)]
            return _object("dashboard", one.id, _dashboard(one), references=references)


def _object(type: str, id: str, /, attributes: Json, *, references: list[Json]) -> Json:
    return {
        "type": type,
        "id": id,
        "attributes": attributes,
        "references": references,
        "managed": False,
        "coreMigrationVersion": _CORE_VERSION,
        "typeMigrationVersion": _TYPE_VERSIONS[type],
    }


def _reference(name: str, to: DataView | Search) -> Json:
    return {"name": name, "type": "index-pattern" if isinstance(to, DataView) else "search", "id": to.id}


def _data_view(view: DataView) -> Json:
    labels = {
        name: {"customLabel": one.label, **({"customDescription": one.about} if one.about else {})}
        for name, one in view.fields.items()
    }
    formats = {name: one.shown_as for name, one in view.fields.items() if one.shown_as}
    return {
        "title": view.index,
        "name": view.name,
        "timeFieldName": view.time,
        "fieldAttrs": _dumped(labels),
        "fieldFormatMap": _dumped(formats),
        "sourceFilters": _dumped([{"value": name} for name in view.hidden]),
        "fields": "[]",  # Kibana asks the index
        "runtimeFieldMap": "{}",
    }


def _query(kql: str) -> Json:
    return {"query": kql, "language": "kuery"}


def _search(search: Search) -> Json:
    source = {"query": _query(search.query), "filter": [], "indexRefName": _SEARCH_SOURCE}
    return {
        "title": search.title,
        "description": search.about,
        "columns": list(search.columns),
        "sort": [[search.data_view.time, "desc"]],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _dumped(source)},
    }


def _dashboard(dashboard: Dashboard) -> Json:
    options = {
        "useMargins": True,
        "syncColors": True,
        "syncCursor": True,
        "syncTooltips": False,
        "hidePanelTitles": False,
    }
    return {
        "title": dashboard.title,
        "description": dashboard.about,
        "timeRestore": True,
        "timeFrom": dashboard.since,
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 60_000},
        "optionsJSON": _dumped(options),
        "panelsJSON": _dumped([_panel(panel) for panel in dashboard.panels]),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _dumped({"query": _query(""), "filter": []})},
        "version": 1,
    }


def _panel(panel: Panel) -> Json:
    place = {"x": panel.x, "y": panel.y, "w": panel.width, "h": panel.height, "i": panel.id}
    common = {"gridData": place, "panelIndex": panel.id, "title": panel.shows.title}
    if isinstance(panel.shows, Search):
        return {"type": "search", **common, "panelRefName": f"panel_{panel.id}", "embeddableConfig": {}}
    return {"type": "lens", **common, "embeddableConfig": {"attributes": _lens(panel.shows), "enhancements": {}}}


def _panel_references(panel: Panel) -> list[Json]:
    """A dashboard lists what its panels refer to, each under the panel's id."""
    if isinstance(panel.shows, Search):
        return [_reference(f"{panel.id}:panel_{panel.id}", panel.shows)]
    return [{**reference, "name": f"{panel.id}:{reference['name']}"} for reference in _lens(panel.shows)["references"]]


_LAYER = "layer"


def _lens(shown: Chart | Table) -> Json:
    layer = {
        "columnOrder": [column.id for column in shown.columns],
        "columns": {column.id: _column(column) for column in shown.columns},
        "incompleteColumns": {},
    }
    chart = isinstance(shown, Chart)
    return {
        "title": shown.title,
        "description": "",
        "type": "lens",
        "visualizationType": "lnsXY" if chart else "lnsDatatable",
        "references": [_reference(f"indexpattern-datasource-layer-{_LAYER}", shown.data_view)],
        "state": {
            "datasourceStates": {"formBased": {"layers": {_LAYER: layer}}},
            "visualization": _bars(shown) if isinstance(shown, Chart) else _rows(shown),
            "query": _query(""),
            "filters": [],
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def _column(column: Column) -> Json:
    return {
        "label": column.label,
        "customLabel": True,
        "dataType": column.type,
        "operationType": column.operation,
        "sourceField": column.of,
        "isBucketed": column.grouping,
        "scale": column.scale,
        "params": column.params,
        **({"filter": _query(column.only)} if column.only else {}),
    }


def _bars(chart: Chart) -> Json:
    layer = {
        "layerId": _LAYER,
        "layerType": "data",
        "seriesType": chart.shape,
        "xAccessor": chart.x.id,
        "accessors": [chart.y.id],
        **({"splitAccessor": chart.split.id} if chart.split else {}),
    }
    return {
        "preferredSeriesType": chart.shape,
        "layers": [layer],
        "legend": {"isVisible": chart.split is not None, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "tickLabelsVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
        "gridlinesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
    }


def _rows(table: Table) -> Json:
    return {
        "layerId": _LAYER,
        "layerType": "data",
        "columns": [{"columnId": column.id, "isMetric": not column.grouping} for column in table.columns],
        "sorting": {"columnId": "count", "direction": "desc"},
        "paging": {"size": 10, "enabled": True},
    }
