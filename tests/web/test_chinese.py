"""Every error that a page may meet is said in Chinese: the code is read for all of them, and some are raised."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from store.database import open_engine, reading
from web import chinese
from web.chinese import SAID, in_chinese, words
from zhiwen.errors import IndexError_, QueryError, StoreError

ROOT = Path(chinese.__file__).parents[1]
READ = ("index/**/*.py", "web/*.py", "cli/rising.py")
ERRORS = {"InputError", "QueryError", "IndexError_", "_error"}
# Functions whose errors no page meets, and why.
NEVER_ON_A_PAGE = {
    "index.query.parser._error": "the words are given where it is called",
    "index.query.parser._placed": "the words are those of index.query.amounts and times",
    "index.counting.check_counts": "the pages choose their facets and histograms themselves",
    "index.trends.rises": "cli/rising.py gives the windows, and the form at least one day",
    "web.searching.read_rises": "only the API has `rising`",
    "web.serve.serving": "before there is a page",
    "index.elastic.client.blocked": "writing",
    "index.elastic.bulk._trouble": "writing",
    "index.elastic.engine.apply": "writing",
    "index.elastic.engine.rollback": "a command",
    "index.elastic.engine._differs": "a rebuild",
}
NEVER_SAID = {"limit 价值 and offset 价值 cannot be negative", "start at 0"}  # web.searching reads no negative number
WORDS_OF_LAYOUT = "_problem"  # `layout` raises what it returns
DATABASE = "the database x cannot be used: y"  # store/ is not read, as little of it is met by a page; tested below
VALUE = "价值"  # stands where a value stands


def functions() -> Iterator[tuple[ModuleType, ast.FunctionDef]]:
    for path in sorted(path for pattern in READ for path in ROOT.glob(pattern) if path.name != "__init__.py"):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield module, node


def sites() -> list[Any]:
    """Each place where an error is made, or its words: (module, function, expressions that are its texts)."""
    found: list[Any] = []
    for module, function in functions():
        if f"{module.__name__}.{function.name}" in NEVER_ON_A_PAGE:
            continue
        if function.name == WORDS_OF_LAYOUT:
            returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            found += [(module, function, [value]) for value in returned if ast.unparse(value) != "''"]
        found += [(module, function, arguments(call)) for call in raised(function)]
    return found


def raised(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            name = (
                called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
            )
            if name in ERRORS:
                yield node


def texts(node: ast.expr, *, module: ModuleType, function: ast.FunctionDef) -> list[str]:
    """All texts that an expression may be; VALUE for what is only known when it runs."""
    context = {"module": module, "function": function}
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in product(*(texts(part, **context) for part in parts))]
        case ast.FormattedValue(value=value, conversion=-1):
            return texts(value, **context)
        case ast.IfExp(body=body, orelse=orelse):
            return texts(body, **context) + texts(orelse, **context)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]):
            return [*getattr(module, table).values(), *texts(default, **context)]
        case ast.Name(id=name) if assigned := assignments(function, name):
            return [text for value in assigned for text in texts(value, **context)]
        case ast.Name() | ast.Attribute() | ast.Call():
            return [known(node, module)]
        case _:
            return [VALUE]


def assignments(function: ast.FunctionDef, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
    ]


def known(node: ast.expr, module: ModuleType) -> str:
    """A constant of the module by its value."""
    try:
        return str(eval(ast.unparse(node), vars(module)))  # our own source
    except (NameError, AttributeError):
        return VALUE


def arguments(call: ast.Call) -> list[ast.expr]:
    # Of `_error(token, message)` the message is the second.
    message = call.args[1] if isinstance(call.func, ast.Attribute) else call.args[0]
    hints = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
    return [each for each in (message, *hints) if ast.unparse(each) != "problem"]


def said_at(site: Any) -> list[str]:
    module, function, nodes = site
    return [text for node in nodes for text in texts(node, module=module, function=function)]


def site_name(site: Any) -> str:
    module, function, nodes = site
    return f"{module.__name__}.{function.name}:{nodes[0].lineno}"


@pytest.mark.parametrize("site", sites(), ids=site_name)
def test_what_is_raised_has_a_chinese_text(site: Any) -> None:
    missing = [text for text in said_at(site) if in_chinese(text) is None]

    assert set(missing) <= NEVER_SAID


def test_examples_in_the_module_run() -> None:
    outcome = doctest.testmod(chinese)

    assert (outcome.attempted, outcome.failed) == (1, 0)


def test_functions_named_here_are_there() -> None:
    names = {f"{module.__name__}.{function.name}" for module, function in functions()}

    assert set(NEVER_ON_A_PAGE) - names == set()
    assert f"index.elastic.generations.{WORDS_OF_LAYOUT}" in names


def test_no_text_is_for_an_error_that_is_no_more() -> None:
    said = [text for site in sites() for text in said_at(site)] + [DATABASE]
    shapes = {english: ".*".join(map(re.escape, english.split("{}"))) for english in SAID}

    assert [english for english, shape in shapes.items() if not any(re.fullmatch(shape, text) for text in said)] == []


def test_texts_have_a_place_for_every_value() -> None:
    assert [english for english, said in SAID.items() if english.count("{}") != said.count("{}")] == []


def test_database_that_is_away_is_said_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "zhiwen.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError) as raised, reading(open_engine(f"sqlite:///{tmp_path / 'zhiwen.db'}")):
        pass

    assert re.fullmatch(r"数据库 .*zhiwen\.db 无法使用：file is not a database", str(words(raised.value)))


def test_values_stand_where_they_belong() -> None:
    error = QueryError(
        "there is no field 'titel'",
        column=3,
        hint='the nearest is title:; to search for a colon, quote its words: "titel:…"',
    )

    assert (
        str(words(error)) == "没有 'titel' 这个字段（最接近的是 title:；如果要搜索带冒号的文字，请加引号：\"titel:…\"）"
    )


@pytest.mark.parametrize("value", ["{0}", "{}", "a\nb", "' is no date", "column 3: x", "智谱 is '智谱'"])
def test_what_was_typed_is_text(value: str) -> None:
    assert value in words(QueryError(f"nothing to search for in {value}", column=1)).message


def test_unknown_words_are_said_as_they_are() -> None:
    said = words(IndexError_("a new trouble", hint="its log says more"))

    assert (said.message, said.hint, said.english) == ("a new trouble", "its log says more", True)
