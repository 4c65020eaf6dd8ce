"""The servers behind the addresses that were given.

A name is looked up as often as somebody asks, where gRPC itself would do so only after a failure,
and would never learn of a server that was added.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tickwire._addresses import Address
from tickwire._clock import CallOff, Clock, nothing

PATIENCE = 1.0
"""Whoever has an older answer does not wait longer for a new one: a worker with tasks in hand has
2 s for each try."""


@dataclass(frozen=True)
class Server:
    """Where it is reached and, if that was looked up, under which name."""

    address: str
    name: Address | None = None

    @property
    def options(self) -> list[tuple[str, str]]:
        """Of a channel. Certificates and proxies go by the name, not by the number behind it."""
        if self.name is None:
            return []
        return [
            ("grpc.default_authority", str(self.name)),
            ("grpc.ssl_target_name_override", self.name.host),
        ]


Answer = tuple[int, str]
"""Family and number."""

Lookup = Callable[[str], Awaitable[Sequence[Answer]]]


async def system_lookup(host: str) -> Sequence[Answer]:
    """What the system knows of a name: /etc/hosts, DNS, or whatever else it asks."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [(int(family), str(address[0])) for family, _, _, _, address in found]


class Servers:
    def __init__(
        self, addresses: Sequence[Address], clock: Clock, lookup: Lookup = system_lookup
    ) -> None:
        self._addresses = addresses
        self._clock = clock
        self._lookup = lookup
        self._answers: dict[Address, list[Server]] = {
            address: [Server(str(address))] for address in addresses if not address.is_name
        }
        self._looking_up: asyncio.Task[None] | None = None
        self.named = any(address.is_name for address in addresses)
        """Whether names are among the addresses."""
        self.known: tuple[Server, ...] = ()
        """By the newest answers: the same tuple while nothing has changed. Empty until a first
        name is looked up."""
        self._gather()

    def refresh(self) -> "asyncio.Task[None]":
        """Looks every name up, once at a time. Never raises, and one server at least is known
        then."""
        if self._looking_up is None or self._looking_up.done():
            self._looking_up = asyncio.get_running_loop().create_task(self._ask_all())
        return self._looking_up

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask(one) for one in self._addresses if one.is_name))

    def look(self, call: Callable[[Sequence[Server]], None]) -> CallOff:
        """Calls back with the servers as of now: at once where no name is to be looked up."""
        if not self.named:
            call(self.known)
            return nothing
        wanted = True

        def call_off() -> None:
            nonlocal wanted
            wanted = False
            forget()

        def answer() -> None:
            if wanted and self.known:
                call_off()
                call(self.known)

        forget = self._clock.after(PATIENCE, answer)
        self.refresh().add_done_callback(lambda _: answer())
        return call_off

    async def _ask(self, name: Address) -> None:
        try:
            self._answers[name] = _servers_of(name, await self._lookup(name.host))
        except (OSError, UnicodeError):
            # What was true before may still be; and gRPC, or its proxy, may know the name.
            self._answers.setdefault(name, [Server(str(name))])
        self._gather()

    def _gather(self) -> None:
        known: dict[str, Server] = {}
        for address in self._addresses:
            for server in self._answers.get(address, []):
                known.setdefault(server.address, server)
        found = tuple(known.values())
        if found != self.known:
            self.known = found


def _servers_of(name: Address, answers: Sequence[Answer]) -> list[Server]:
    """Several addresses are several servers. But one of each family is one server with two ways
    to it, as `localhost` is: gRPC finds the way that works.
    """
    families = {family for family, _ in answers}
    # Names are answered in another order each time, and /etc/hosts may say the same twice.
    hosts = sorted({host for _, host in answers})
    if len(hosts) <= len(families):
        return [Server(str(name))]
    return [Server(str(Address(host, name.port)), name) for host in hosts]
