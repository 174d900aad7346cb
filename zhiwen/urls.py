"""One spelling for a URL, and the id of the article behind it.

The canonical spelling decides what counts as the same article, so it changes only what cannot matter:
scheme and host case, default ports, fragments, known tracking parameters, the order of the rest.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Parameters that only tell where a reader came from (seen in the feeds of facts/sources.md).
_TRACKING = frozenset(
    {"spm", "from", "fr", "share", "share_from", "share_source", "isappinstalled", "scene", "srcid", "f"}
    | {"fbclid", "gclid", "yclid", "msclkid", "igshid", "mc_cid", "mc_eid", "ref_src", "source_id"}
)
_TRACKING_PREFIXES = ("utm_", "hmsr", "hmpl", "hmcu", "hmkw", "hmci")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def canonical_url(url: str) -> str:
    """`url` in its one spelling. Not http(s), or not parseable: returned unchanged. Idempotent.

    >>> canonical_url("HTTPS://WWW.QbitAI.com:443/2025/12/1.html?utm_source=x&b=2&a=1#top")
    'https://www.qbitai.com/2025/12/1.html?a=1&b=2'
    """
    try:
        parts = urlsplit(url.strip())
        port = str(parts.port or "")
        host = parts.hostname or ""
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return url
    if ":" in host:  # an IPv6 address keeps its brackets
        host = f"[{host}]"
    if port and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    kept = sorted(
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key.lower() not in _TRACKING and not key.lower().startswith(_TRACKING_PREFIXES)
    )
    return urlunsplit((scheme, host, parts.path or "/", urlencode(kept), ""))


def article_id(canonical: str) -> str:
    """The id of the article at a canonical URL: the first 20 hex digits (80 bits) of its SHA-256."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:20]
