"""Which addresses a page from the web may send us to: not into the machine or network we run in."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def is_web(url: str) -> bool:
    """Whether `url` can be asked for: http or https, a host without blanks, a port there is, no control characters."""
    try:
        url.encode()  # half a surrogate pair, as broken JSON has them, is no character
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # asked for, because a port beyond 65535 raises here
    except ValueError:
        return False
    clean = min(url) >= " " and not any(map(str.isspace, host))
    return clean and parts.scheme in {"http", "https"} and bool(host.strip("."))


def is_private(url: str) -> bool:
    """Whether `url` names a host that is not on the public internet. Names are not looked up: only what they say counts."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return _is_private_number(host)


def _is_private_number(host: str) -> bool:
    """Old spellings of IPv4 that resolvers still take: 2130706433, 0x7f.1, 127.1."""
    try:
        return not ipaddress.ip_address(socket.inet_aton(host)).is_global
    except (OSError, ValueError):
        return False
