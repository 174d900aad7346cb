"""The visible lines of a page, in reading order, each with where it stands.

    HTML ─ parse ─▶ tree ─ walk ─▶ VisibleLine, VisibleLine, …      plain text ─▶ VisibleLine, …

Everything after this works on lines, so an HTML page and a text file of the same page take the same path; the tree
only adds evidence: which elements a line stands in, how much of it is links, whether it is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# What a page may hold before we stop reading it. The longest real pages seen have 30,000 lines.
MAX_LINES = 60_000
MAX_NODES = 200_000
MAX_DEPTH = 2_000  # of elements; deeper ones are read as if they stood at this depth

_BLOCK_TAGS = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNSEEN_TAGS = (
    "script style title noscript template svg iframe object embed select option textarea head math canvas audio video map datalist "
    "noframes applet"
)
_UNSEEN = frozenset(_UNSEEN_TAGS.split())
_HIDING = re.compile(
    r"display\s*:\s*none|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$|!)|text-indent\s*:\s*-\d{3,}|left\s*:\s*-\d{3,}px|opacity\s*:\s*0\s*(?:;|$)",
    re.IGNORECASE,
)
# Classes that mirrors give to blocks that only confuse readers of the source (facts on spam mirrors).
_DECOYS = frozenset({"pl_css_ganrao"})
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2002\u2003\u2009\u202f]+")
_BREAK_IN_CJK = re.compile("(?<=[\u2e80-\u9fff\uff00-\uffef])\\s*\n\\s*(?=[\u2e80-\u9fff\uff00-\uffef])")
_EDGES = " \t\r\n\f\v\u00a0\u3000\ufeff\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A block element: the number of the block around it (-1 for none), its tag, its class and id in lower case."""

    parent: int
    tag: str
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleLine:
    """`text` is stripped, never empty. `node` numbers its block element, -1 on pages without a tree."""

    text: str
    node: int = -1
    tag: str = ""
    link_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """`hidden` counts characters of blocks that a reader never sees; `cut`: the page went on beyond our limits."""

    lines: tuple[VisibleLine, ...]
    nodes: tuple[Node, ...] = ()
    hidden: int = 0
    cut: bool = False

    def ancestors(self, line: VisibleLine) -> Iterator[int]:
        """The numbers of the blocks around a line, the innermost first."""
        node = line.node
        while node >= 0:
            yield node
            node = self.nodes[node].parent


def text_lines(text: str) -> Visible:
    """A plain text page: every non-empty line."""
    lines: list[VisibleLine] = []
    for raw in text.splitlines():
        stripped = raw.strip(_EDGES)
        if stripped:
            if len(lines) == MAX_LINES:
                return Visible(lines=tuple(lines), cut=True)
            lines.append(VisibleLine(text=stripped))
    return Visible(lines=tuple(lines))


def parse_html(text: str) -> Any | None:
    """The root element (an lxml tree), None where there is nothing to parse. Recovers from anything; no network, no entities."""
    from lxml import etree, html

    parser = html.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8"
    )
    # Bytes, so that a declaration inside the text cannot overrule the decoding that was decided.
    body = _CONTROL.sub("", text).encode("utf-8", "replace")
    if not body.strip():
        return None
    try:
        return html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(slots=True)
class _Walk:
    """State of the walk: the line being built and the blocks around it."""

    lines: list[VisibleLine] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    around: list[int] = field(default_factory=lambda: [-1])
    pieces: list[str] = field(default_factory=list)
    linked: int = 0
    in_links: int = 0
    preformatted: int = 0
    hidden: int = 0
    cut: bool = False
    styles: bool = True
    alive: list[Any] = field(default_factory=list)  # lxml makes a new Python object whenever nobody holds the last one
    rows: dict[Any, bool] = field(default_factory=dict)  # whether a row of a table is one line, asked for every cell
    skipped: bool = False  # the element whose start was just seen: its end comes next

    def is_short(self, row: Any) -> bool:
        short = self.rows.get(row)
        if short is None:
            short = self.rows[row] = _is_short_row(row)
        return short

    def add(self, text: str | None) -> None:
        if not text:
            return
        if self.preformatted and "\n" in text:
            for piece in text.split("\n"):
                self.pieces.append(piece)
                self.flush()
            return
        self.pieces.append(text)
        if self.in_links:
            self.linked += len(text.strip())

    def flush(self) -> None:
        if not self.pieces:
            return
        text = "".join(self.pieces)
        if "\n" in text:
            text = _BREAK_IN_CJK.sub("", text)
        text = _SPACE.sub(" ", text).strip(_EDGES)
        if text:
            self._append(text)
        self.pieces.clear()
        self.linked = 0

    def _append(self, text: str) -> None:
        if len(self.lines) >= MAX_LINES:
            self.cut = True
            return
        node = self.around[-1]
        self.lines.append(
            VisibleLine(
                text=text,
                node=node,
                tag=self.nodes[node].tag if node >= 0 else "",
                link_share=min(1.0, self.linked / len(text)),
            )
        )


def html_lines(root: Any, *, styles: bool = True) -> Visible:
    """The lines that a reader of the page sees: blocks and <br> end a line, a row of short cells is one line.

    `styles` False reads blocks that styles hide as well: some sites hide the article until their script has run.
    """
    from lxml import etree

    walk = _Walk(styles=styles)
    walk.alive = list(root.iter())
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if not isinstance(tag, str):
            if event == "end":
                walk.add(element.tail)
            continue
        if event == "start":
            if not _enter(walk, element, tag):
                walker.skip_subtree()
                walk.skipped = True
        elif walk.skipped:
            walk.skipped = False
            walk.add(element.tail)
        else:
            _leave(walk, element, tag)
    walk.flush()
    return Visible(lines=tuple(walk.lines), nodes=tuple(walk.nodes), hidden=walk.hidden, cut=walk.cut)


def _enter(walk: _Walk, element: Any, tag: str) -> bool:
    """Open an element; False to skip what is in it (its end event still comes)."""
    if tag in _UNSEEN or walk.cut:
        return False
    if walk.styles and _is_hidden(element):
        walk.hidden += sum(len(piece.strip()) for piece in element.itertext())
        return False
    if tag == "a":
        walk.in_links += 1
    elif tag in _BLOCKS:
        if tag in ("td", "th") and walk.is_short(element.getparent()):
            walk.add("\u2003" if walk.pieces else "")
        else:
            _open_block(walk, element, tag)
    walk.add(element.text)
    return True


def _open_block(walk: _Walk, element: Any, tag: str) -> None:
    walk.flush()
    if tag == "br":
        return
    if len(walk.nodes) >= MAX_NODES:
        walk.cut = True
    marks = f"{element.get('class') or ''} {element.get('id') or ''}".strip().lower()[:200]
    parent = walk.around[-1]
    if len(walk.around) < MAX_DEPTH:
        walk.nodes.append(Node(parent=parent, tag=tag, marks=marks))
        walk.around.append(len(walk.nodes) - 1)
    else:
        walk.around.append(parent)
    walk.preformatted += tag == "pre"


def _leave(walk: _Walk, element: Any, tag: str) -> None:
    if tag == "a":
        walk.in_links = max(0, walk.in_links - 1)
    elif tag in _BLOCKS and tag != "br" and not (tag in ("td", "th") and walk.is_short(element.getparent())):
        walk.flush()
        if len(walk.around) > 1:
            walk.around.pop()
        walk.preformatted -= tag == "pre"
    walk.add(element.tail)


def _is_hidden(element: Any) -> bool:
    """Styled away or marked hidden. Not `visibility:hidden`: WeChat serves whole articles that scripts show later."""
    get = element.get  # asking for three attributes is cheaper than for a view of all
    style = get("style")
    if style and _HIDING.search(style):
        return True
    if get("hidden", "until-found") != "until-found":
        return True
    classes = get("class")
    return bool(classes) and not _DECOYS.isdisjoint(classes.split())


def _is_short_row(row: Any) -> bool:
    """A row of data: at least two cells, nothing but short text in them. Layout tables hold blocks or paragraphs."""
    if row is None or row.tag != "tr" or len(row) < 2:
        return False
    total = 0
    for cell in row:
        for inner in cell:
            if inner.tag in _BLOCKS or len(inner) > 3:
                return False
            total += len(inner.text or "") + len(inner.tail or "")
        total += len((cell.text or "").strip())
        if total > 160:
            return False
    return True
