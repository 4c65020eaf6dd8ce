"""Which servers stand behind the addresses that were given."""

import asyncio
import socket
from collections.abc import Sequence

from tickwire._addresses import parse_addresses
from tickwire._servers import Answer, Server, Servers

from manual_clock import ManualClock

V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)


def servers_of(given: str, answers: Sequence[Answer] | OSError) -> Servers:
    async def lookup(_: str) -> Sequence[Answer]:
        if isinstance(answers, OSError):
            raise answers
        return answers

    return Servers(parse_addresses(given), ManualClock(), lookup)


def addresses(given: str, answers: Sequence[Answer] | OSError) -> list[str]:
    async def main() -> list[str]:
        servers = servers_of(given, answers)
        await servers.refresh()
        return [server.address for server in servers.known]

    return asyncio.run(main())


def test_numbers_are_known_at_once() -> None:
    servers = servers_of("127.0.0.1:1,[::1]:2", [])
    assert [server.address for server in servers.known] == ["127.0.0.1:1", "[::1]:2"]
    found: list[Server] = []
    servers.look(found.extend)
    assert tuple(found) == servers.known


def test_a_name_is_as_many_servers_as_it_has_addresses() -> None:
    answers = [(V4, "10.0.0.2"), (V4, "10.0.0.1"), (V4, "10.0.0.2")]
    assert addresses("db:7070", answers) == ["10.0.0.1:7070", "10.0.0.2:7070"]
    server = Server("10.0.0.1:7070", parse_addresses("db:7070")[0])
    assert dict(server.options) == {
        "grpc.default_authority": "db:7070",
        "grpc.ssl_target_name_override": "db",
    }


def test_one_address_of_each_family_is_one_server() -> None:
    assert addresses("db:7070", [(V6, "::1"), (V4, "127.0.0.1")]) == ["db:7070"]


def test_a_name_that_nobody_knows_may_be_known_to_grpc() -> None:
    assert addresses("db:7070", OSError("no such host")) == ["db:7070"]


def test_a_look_waits_for_the_first_answer_and_can_be_called_off() -> None:
    async def main() -> None:
        servers = servers_of("db:7070", [(V4, "10.0.0.1"), (V4, "10.0.0.2")])
        found: list[str] = []
        servers.look(lambda all_of_them: found.append("called off"))()
        servers.look(lambda all_of_them: found.extend(one.address for one in all_of_them))
        assert found == []
        await servers.refresh()
        await asyncio.sleep(0)
        assert found == ["10.0.0.1:7070", "10.0.0.2:7070"]

    asyncio.run(main())
