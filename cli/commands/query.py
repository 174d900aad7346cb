"""`zhiwen query explain`: how a query is understood, and what each reader of it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.options import Json
from cli.output import console, emit_json

if TYPE_CHECKING:
    from index.query.ast import Node
    from index.records import QueryPlan, SearchRequest
    from scheduler import Monitor

_SHOWN = 4_000  # characters of what an engine is sent: a few screens

app = typer.Typer(no_args_is_help=True, help="Queries: explain how one is read.")


@app.callback()
def _group() -> None:
    """A group, though it holds one command so far: `zhiwen query explain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`tree` with names and times resolved, as all readers see it; `required` are texts of which every match holds one each."""

    query: str
    tree: str
    engines: tuple[QueryPlan, ...]
    required: tuple[tuple[str, ...], ...]


@app.command()
def explain(
    query: Annotated[str, typer.Argument(help="A query, as for zhiwen search or in a rule.")],
    json: Json = False,
) -> None:
    """Show how a query is understood, and what each engine and the alert rules do with it.

    Example: zhiwen query explain 'company:智谱 figure:(metric:revenue value:>3亿)'
    """
    from index.records import SearchRequest

    with monitor() as parts:
        explanation = _explain(parts, SearchRequest(query=query))
    if json:
        emit_json(explanation)
    else:
        _show(explanation)


def _explain(parts: Monitor, request: SearchRequest) -> Explanation:
    from index.matching import compile_query
    from index.query.plan import plan
    from index.query.tree import tree
    from zhiwen.times import now

    node = plan(request, aliases=parts.aliases, now=now())
    in_force = parts.index.explain(request)
    others = [other for other in (_memory(node), _elasticsearch(node)) if other.engine != in_force.engine]
    required = compile_query(request.query, aliases=parts.aliases).required
    return Explanation(
        query=request.query,
        tree=tree(node),
        engines=(in_force, *others),
        required=tuple(tuple(sorted(clause)) for clause in required),
    )


def _memory(node: Node) -> QueryPlan:
    from index.query.tree import tree
    from index.records import QueryPlan

    return QueryPlan(engine="memory", tree=tree(node), sent="the tree itself: every document is looked at")


def _elasticsearch(node: Node) -> QueryPlan:
    from json import dumps

    from index.elastic.query import translate
    from index.query.tree import tree
    from index.records import QueryPlan

    return QueryPlan(engine="elasticsearch", tree=tree(node), sent=dumps(translate(node), ensure_ascii=False, indent=2))


def _show(explanation: Explanation) -> None:
    from rich.text import Text

    out = console()

    def section(title: str, body: str) -> None:
        out.print(Text(title, style="bold"))
        out.print(Text("\n".join(f"  {line}" for line in body.splitlines())))

    section("understood as", explanation.tree)
    for engine in explanation.engines:
        cut = engine.sent if len(engine.sent) <= _SHOWN else f"{engine.sent[:_SHOWN]}\n… --json has all of it"
        section(f"{engine.engine} is sent", cut)
    words = "\n".join(
        "one of " + ", ".join(clause) if clause[1:] else "".join(clause) for clause in explanation.required
    )
    section("a rule looks at an article only where its text has", words or "anything: no word is needed")
