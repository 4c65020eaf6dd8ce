"""Where servers listen, as the caller wrote it."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_ADDRESS = "127.0.0.1:7070"
"""A server's address where nobody says otherwise."""

_PATTERN = re.compile(r"(?:\[([^\]\s]+)\]|([^:\[\]/\s]+)):(\d{1,5})", re.ASCII)


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_name(self) -> bool:
        """A name may stand for several servers; a number can't."""
        return not _is_ip(self.host)


def parse_addresses(given: str | Iterable[str] = DEFAULT_ADDRESS) -> tuple[Address, ...]:
    """The addresses of one text, with commas between them, or of several such texts; what is
    named twice counts once. Raises ValueError that names the first one that is none.
    """
    texts = [given] if isinstance(given, str) else list(given)
    parts = [part.strip() for text in texts for part in text.split(",")]
    addresses = tuple(dict.fromkeys(_parse(part) for part in parts))
    if not addresses:
        raise ValueError("address names no server")
    return addresses


def _parse(text: str) -> Address:
    match = _PATTERN.fullmatch(text)
    if match is not None:
        bracketed, plain, digits = match.groups()
        port = int(digits)
        if 1 <= port <= 65_535 and (bracketed is None or _is_ip(bracketed, 6)):
            return Address(bracketed or plain, port)
    raise ValueError(
        "address must be host:port, such as 127.0.0.1:7070 or [::1]:7070, or several of them; "
        f"not {text!r}"
    )


def _is_ip(host: str, version: int | None = None) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return version is None or address.version == version
