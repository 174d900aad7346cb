"""The lexicon: names of companies, models, people, organisations and places as data, each linked to one entry.

    config/lexicon/*.yaml ─ validate ─▶ Lexicon(names, families, codes)

A second folder can be laid over the shipped one: an entry with the same name and type replaces the shipped entry,
any other is added. Two entries may never claim the same alias; what is ambiguous in the world (小米 the grain) is
said with guards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from zhiwen.complaints import refusal
from zhiwen.errors import SettingsError
from zhiwen.folding import fold
from zhiwen.yamlfile import YamlFile, read_yaml

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_CODE = re.compile(r"[0-9]{5}\.HK|[0-9]{6}\.(SH|SZ|BJ)|[A-Z0-9.]{1,8}\.(NASDAQ|NYSE|TW|KS|T|L|AS|PA|DE)")


def _listing_code(text: str) -> str:
    if _CODE.fullmatch(text):
        return text
    raise ValueError(f'{text!r} is no listing code; write CODE.EXCHANGE: "02513.HK", "688256.SH", "NVDA.NASDAQ"')


Code = Annotated[str, AfterValidator(_listing_code)]


class GuardSpec(BaseModel):
    """When an alias counts. See the head of companies.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    needs: list[Word] = []
    excluded: list[Word] = Field(default=[], alias="not")
    cased: bool = False


_UNGUARDED = GuardSpec()


class EntrySpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Word
    aliases: list[Word] = []
    guards: dict[Word, GuardSpec] = {}


class CompanySpec(EntrySpec):
    codes: list[Code] = []
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    founders: list[Word] = []
    products: list[Word] = []


class ProductSpec(EntrySpec):
    maker: Word | None = None
    versioned: bool = False
    bare: bool = True
    joint: str = " "


class PersonSpec(EntrySpec):
    of: list[Word] = []
    role: Word
    needs: list[Word] = []
    notable: bool = False


class OrganisationSpec(EntrySpec):
    kind: Literal[
        "exchange", "regulator", "government", "court", "media", "research", "university", "laboratory", "event", "bank",
        "investor",
    ]  # fmt: skip


class PlaceSpec(EntrySpec):
    pass


_FILES: Mapping[str, type[EntrySpec]] = {
    "companies.yaml": CompanySpec,
    "models.yaml": ProductSpec,
    "people.yaml": PersonSpec,
    "organisations.yaml": OrganisationSpec,
    "places.yaml": PlaceSpec,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in the world. `related`: canonical names of its companies (a person's, a product's maker)."""

    name: str
    type: str
    kind: str | None = None
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    role: str | None = None
    versioned: bool = False
    bare: bool = True
    joint: str = " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One spelling of an entry. `needs` and `excluded` are folded; see GuardSpec for what they mean."""

    text: str
    folded: str
    entry: Entry
    needs: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    cased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """names: folded spelling -> what it names. families: product names that need a version behind them.

    codes: listing code ("02513.HK") -> entry.
    """

    names: Mapping[str, Name]
    families: Mapping[str, Name]
    codes: Mapping[str, Entry]
    entries: tuple[Entry, ...] = field(repr=False)

    def company(self, name: str) -> Entry | None:
        """The company that `name` names, in any spelling."""
        found = self.names.get(fold(name))
        return found.entry if found and found.entry.type == "COMPANY" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """`place`: file and line."""

    spec: EntrySpec
    place: str


def load_lexicon(folder: Path, extra: Path | None = None) -> Lexicon:
    """The lexicon in `folder`, with `extra` laid over it. Raises SettingsError naming file, entry and key."""
    loaded: dict[tuple[type[EntrySpec], str], _Loaded] = {}
    for filename, kind in _FILES.items():
        path = folder / filename
        for item in _read(path, kind):
            _add(loaded, item)
        if extra is not None and (extra / filename).is_file():
            _layer(loaded, extra / filename, kind)
    _check_references(loaded)
    return _build([*loaded.values(), *_implied(loaded)])


def _implied(loaded: Mapping[tuple[type[EntrySpec], str], _Loaded]) -> Iterator[_Loaded]:
    """Products and founders that a company names and no file of their own does; they count beside their company."""
    claimed = {fold(text) for item in loaded.values() for text in (item.spec.name, *item.spec.aliases)}
    for item in loaded.values():
        if not isinstance(item.spec, CompanySpec):
            continue
        company = item.spec
        beside = GuardSpec(needs=[company.name, *company.aliases])
        specs: list[EntrySpec] = [
            ProductSpec(name=product, maker=company.name, guards={product: beside}) for product in company.products
        ]
        specs += [PersonSpec(name=founder, of=[company.name], role="创始人") for founder in company.founders]
        for spec in specs:
            if fold(spec.name) not in claimed:
                claimed.add(fold(spec.name))
                yield _Loaded(spec=spec, place=item.place)


def _layer(loaded: dict[tuple[type[EntrySpec], str], _Loaded], path: Path, kind: type[EntrySpec]) -> None:
    """Entries of a user's file replace those of the same name; twice in that one file is still an error."""
    own: dict[tuple[type[EntrySpec], str], _Loaded] = {}
    for item in _read(path, kind):
        _add(own, item)
    loaded.update(own)


def _add(loaded: dict[tuple[type[EntrySpec], str], _Loaded], item: _Loaded) -> None:
    key = (type(item.spec), fold(item.spec.name))
    if key in loaded:
        raise SettingsError(
            f"{item.place}: entry '{item.spec.name}' stands there twice", hint=f"merge it with {loaded[key].place}"
        )
    loaded[key] = item


def _read(path: Path, kind: type[EntrySpec]) -> Iterator[_Loaded]:
    file = read_yaml(path)
    if file.data is None:
        return
    if not isinstance(file.data, list):
        raise SettingsError(f"{file.place()}: is not the list of entries", hint="- {name: …, aliases: […]}")
    for number, data in enumerate(file.data):
        yield _Loaded(spec=_checked(data, kind, file=file, number=number), place=file.place((number,)))


def _checked(data: Any, kind: type[EntrySpec], *, file: YamlFile, number: int) -> EntrySpec:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        name = data.get("name", number + 1) if isinstance(data, dict) else number + 1
        raise refusal(error, what=f"entry '{name}'", file=file, model=kind, at=(number,)) from error


def _check_references(loaded: Mapping[tuple[type[EntrySpec], str], _Loaded]) -> None:
    known = {item.spec.name for item in loaded.values() if isinstance(item.spec, CompanySpec | OrganisationSpec)}
    for item in loaded.values():
        spec = item.spec
        for name in spec.guards:
            if name != spec.name and name not in spec.aliases:
                raise SettingsError(
                    f"{item.place}: entry '{spec.name}': guard for '{name}', which is not among its aliases"
                )
        for name in _related(spec):
            if name not in known:
                raise SettingsError(
                    f"{item.place}: entry '{spec.name}': '{name}' is neither a company nor an organisation of the lexicon",
                    hint="use its canonical name, or add it",
                )


def _related(spec: EntrySpec) -> tuple[str, ...]:
    if isinstance(spec, PersonSpec):
        return tuple(spec.of)
    if isinstance(spec, ProductSpec) and spec.maker:
        return (spec.maker,)
    return ()


def _build(items: Sequence[_Loaded]) -> Lexicon:
    spellings = {item.spec.name: (item.spec.name, *item.spec.aliases) for item in items if not _related(item.spec)}
    names: dict[str, Name] = {}
    families: dict[str, Name] = {}
    owners: dict[str, _Loaded] = {}
    codes: dict[str, Entry] = {}
    entries = []
    for item in items:
        entry = _entry(item.spec)
        entries.append(entry)
        for name in _names(item.spec, entry, spellings):
            if entry.bare:
                _claim(names, owners, name, item)
            else:
                families[name.folded] = name
        for code in entry.codes:
            if code in codes:
                raise SettingsError(f"{item.place}: code {code} belongs to '{codes[code].name}' and '{entry.name}'")
            codes[code] = entry
    return Lexicon(names=names, families=families, codes=codes, entries=tuple(entries))


def _claim(names: dict[str, Name], owners: dict[str, _Loaded], name: Name, item: _Loaded) -> None:
    held = names.get(name.folded)
    if held is not None and held.entry is not name.entry:
        other = owners[name.folded]
        raise SettingsError(
            f"{item.place}: '{name.text}' of entry '{name.entry.name}' is a name of '{held.entry.name}' too",
            hint=f"drop it there or at {other.place}",
        )
    names[name.folded] = name
    owners[name.folded] = item


def _entry(spec: EntrySpec) -> Entry:
    shared = {"name": spec.name, "aliases": tuple(spec.aliases), "related": _related(spec)}
    match spec:
        case CompanySpec():
            return Entry(type="COMPANY", codes=tuple(spec.codes), **shared)  # type: ignore[arg-type]
        case ProductSpec():
            return Entry(type="PRODUCT", versioned=spec.versioned, bare=spec.bare, joint=spec.joint, **shared)  # type: ignore[arg-type]
        case PersonSpec():
            return Entry(type="PERSON", role=spec.role, **shared)  # type: ignore[arg-type]
        case OrganisationSpec():
            return Entry(type="INVESTOR" if spec.kind == "investor" else "ORG", kind=spec.kind, **shared)  # type: ignore[arg-type]
        case _:
            return Entry(type="GPE", **shared)  # type: ignore[arg-type]


def _names(spec: EntrySpec, entry: Entry, spellings: Mapping[str, tuple[str, ...]]) -> Iterator[Name]:
    for text in dict.fromkeys((spec.name, *spec.aliases)):
        guard = spec.guards.get(text, _UNGUARDED)
        for folded in dict.fromkeys((fold(text), spaced(fold(text)))):
            yield _name(spec, entry, text=text, folded=folded, guard=guard, spellings=spellings)


# Half of Chinese sites put a space between Chinese and latin characters: SK 海力士, 智谱 AI.
_SCRIPT_EDGE = re.compile(r"(?<=[a-z0-9])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[a-z0-9])")


def spaced(folded: str) -> str:
    return _SCRIPT_EDGE.sub(" ", folded)


def _name(
    spec: EntrySpec,
    entry: Entry,
    *,
    text: str,
    folded: str,
    guard: GuardSpec,
    spellings: Mapping[str, tuple[str, ...]],
) -> Name:
    return Name(
        text=text,
        folded=folded,
        entry=entry,
        needs=tuple(fold(word) for word in (*guard.needs, *_company_needs(spec, text, spellings))),
        excluded=tuple(fold(word) for word in guard.excluded),
        cased=guard.cased,
    )


def _company_needs(spec: EntrySpec, text: str, spellings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A person's name counts beside the person's company, if others bear it too: two characters, or said so."""
    if not isinstance(spec, PersonSpec) or spec.notable or not (len(text) == 2 or spec.needs):
        return
    yield from spec.needs
    for company in spec.of:
        yield from spellings.get(company, (company,))
