"""Settings, each with its origin: code < config/zhiwen.yaml < environment < command line.

    load_settings() -> Loaded(settings, origins)

Every leaf has an environment variable named after its path (`web.port` is ZHIWEN_WEB_PORT). Four names are fixed
by contract with tools and tests: ZHIWEN_HOME, ZHIWEN_DATABASE_URL, ZHIWEN_INDEX, ZHIWEN_ELASTICSEARCH_URL.
ZHIWEN_CONFIG names another configuration folder than the shipped one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from zhiwen.complaints import complaint
from zhiwen.errors import SettingsError
from zhiwen.yamlfile import YamlFile, read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SHIPPED = Path(__file__).parent
IndexEngine = Literal["embedded", "memory", "elasticsearch"]


class Section(BaseModel):
    """A group of settings: unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Elasticsearch(Section):
    url: SecretStr = Field(SecretStr(""), description="where index is elasticsearch: a node's URL, several with commas")
    api_key: SecretStr = Field(SecretStr(""), description="encoded API key (instead of user and password)")
    user: str = Field("", description="name of a user, where there is no API key")
    password: SecretStr = Field(SecretStr(""), description="of that user; both may also stand in the URL")
    ca_file: str = Field("", description="path of the certificate of the authority that signed the nodes' certificates")
    fingerprint: str = Field("", description="SHA-256 of that authority's certificate, in hex, instead of the file")
    prefix: str = Field(
        "zhiwen",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$",
        description="of all names of indexes, so homes can share a cluster",
    )
    timeout_seconds: float = Field(10.0, gt=0, le=600, description="for an answer; writing gets six times as long")
    shards: int = Field(1, ge=1, le=64, description="of an index when it is made; one holds some ten million articles")


class Operator(Section):
    contact: str = Field("", description="e-mail or URL of who runs the crawler; part of the user agent")


class Web(Section):
    enabled: bool = Field(True, description="serve the search page and the JSON API")
    host: str = Field("127.0.0.1", description="address to listen on; there is no login, keep it on loopback")
    port: int = Field(8765, ge=0, le=65535, description="0 takes a free port")


class Crawl(Section):
    parallel: int = Field(2, ge=1, le=16, description="sources crawled at the same time, each in its own process")
    timeout_seconds: int = Field(900, ge=1, description="a crawl that runs longer is ended; what it fetched is kept")
    max_page_bytes: int = Field(10_000_000, ge=10_000, description="larger responses are refused by name")
    backoff_cap_seconds: int = Field(6 * 3600, ge=60, description="longest pause between tries of a failing source")


class Ingest(Section):
    batch: int = Field(8, ge=1, le=1000, description="pages claimed at a time")
    lease_seconds: int = Field(120, ge=10, description="a claimed page returns to the queue after this long")
    idle_seconds: float = Field(0.5, gt=0, le=60, description="pause when nothing waits")


class Delivery(Section):
    every_seconds: float = Field(2.0, gt=0, le=3600, description="how often due deliveries are looked for")


class Log(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe message shown")
    file_bytes: int = Field(10_000_000, ge=100_000, description="size at which the daemon's log file is rotated")


class Settings(Section):
    home: Path = Field(Path("var"), description="folder of store, spool, index and logs; created on first use")
    database_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy URL; empty means SQLite in the home (a password in it is never shown)"
    )
    index: IndexEngine = Field("embedded", description="search engine: embedded, memory or elasticsearch")
    elasticsearch: Elasticsearch = Elasticsearch()
    operator: Operator = Operator()
    web: Web = Web()
    crawl: Crawl = Crawl()
    ingest: Ingest = Ingest()
    delivery: Delivery = Delivery()
    log: Log = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings in force; `origins` says for each dotted path where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    folder: Path

    @property
    def home(self) -> Path:
        return self.settings.home.expanduser().absolute()

    @property
    def database_url(self) -> str:
        return self.settings.database_url.get_secret_value() or f"sqlite:///{self.home / 'zhiwen.db'}"

    @property
    def user_agent(self) -> str:
        contact = self.settings.operator.contact
        return f"zhiwen/0.1 (+{contact})" if contact else "zhiwen/0.1"


def leaves(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """All settings as (dotted path, field), in the order in which they are written above."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def variable(path: str) -> str:
    """The environment variable of a dotted path."""
    return "ZHIWEN_" + path.replace(".", "_").upper()


def config_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The folder that configuration is read from. Raises SettingsError when ZHIWEN_CONFIG names none."""
    named = (os.environ if environ is None else environ).get("ZHIWEN_CONFIG")
    if not named:
        return SHIPPED
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise SettingsError(f"ZHIWEN_CONFIG: {folder} is not a folder", hint=f"copy {SHIPPED} there, or unset it")
    return folder


def load_settings(*, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None) -> Loaded:
    """Read settings from their four places. `overrides` come from the command line, by dotted path.

    Raises SettingsError naming the file or variable, the key and what is expected.
    """
    environ = os.environ if environ is None else environ
    folder = config_folder(environ)
    file = _file(folder / "zhiwen.yaml")
    values, origins = _defaults()
    given = _flat(file.data)
    _refuse_unknown(given, file)
    _overlay(values, origins, given, origin=str(file.path))
    named = {path: environ[variable(path)] for path, _ in leaves() if environ.get(variable(path))}
    for path, value in named.items():
        _overlay(values, origins, {path: value}, origin=f"environment {variable(path)}")
    _overlay(values, origins, dict(overrides or {}), origin="command line")
    return Loaded(settings=_validated(values, origins, file), origins=origins, folder=folder)


def _file(path: Path) -> YamlFile:
    """The settings file; a missing or empty one says nothing."""
    file = read_yaml(path) if path.exists() else YamlFile(path=path, data=None, root=None)
    if file.data is not None and not isinstance(file.data, dict):
        raise SettingsError(f"{file.place()}: expected keys and values", hint="web: {port: 8765}")
    return file if file.data else replace(file, data={})


def _defaults() -> tuple[dict[str, Any], dict[str, str]]:
    values = {path: field.default for path, field in leaves()}
    return values, dict.fromkeys(values, "default")


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    known = [leaf for leaf, _ in leaves()]
    for key, value in data.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and any(leaf.startswith(f"{path}.") for leaf in known):
            flat.update(_flat(value, f"{path}."))
        elif value is not None or path in known:
            flat[path] = value
    return flat


def _refuse_unknown(given: Mapping[str, Any], file: YamlFile) -> None:
    known = [path for path, _ in leaves()]
    for path in given:
        if path not in known:
            place = file.place(path.split("."))
            raise SettingsError(f"{place}: unknown setting '{path}'", hint=_nearest(path, known))


def _overlay(values: dict[str, Any], origins: dict[str, str], given: Mapping[str, Any], *, origin: str) -> None:
    for path, value in given.items():
        if path not in values:
            raise SettingsError(f"{origin}: unknown setting '{path}'", hint=_nearest(path, list(values)))
        values[path] = value
        origins[path] = origin


def _nearest(path: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(path, known, n=1)
    return f"did you mean '{near[0]}'?" if near else "`zhiwen config` lists them all"


def _validated(values: Mapping[str, Any], origins: Mapping[str, str], file: YamlFile) -> Settings:
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *sections, name = path.split(".")
        target = nested
        for section in sections:
            target = target.setdefault(section, {})
        target[name] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        lines = [_said(details, origins, file) for details in error.errors()]
        raise SettingsError("\n".join(lines)) from error


def _said(details: ErrorDetails, origins: Mapping[str, str], file: YamlFile) -> str:
    path = ".".join(str(part) for part in details["loc"])
    # A secret must not be printed by the error about it.
    secret = any(leaf == path and field.annotation is SecretStr for leaf, field in leaves())
    in_file = origins.get(path) == str(file.path)
    place = file.place(details["loc"]) if in_file else origins.get(path, "settings")
    said = complaint(details, model=Settings, file=file if in_file else None)
    return f"{place}: " + (f"key '{path}' must be text, in quotes" if secret else said)
