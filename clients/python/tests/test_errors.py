"""Each reason that the server's docs/errors.md lists has its class."""

import asyncio
import re
from pathlib import Path

import grpc
import pytest

import tickwire
from tickwire import CODES, REASONS, Client, JobNotFoundError, TickwireError
from tickwire.v1 import scheduler_pb2 as pb

from scripted_server import Context, refuse, serve

DOCS = Path(__file__).parents[3] / "docs/errors.md"


def listed() -> list[tuple[str, str]]:
    return re.findall(r"^\| `([A-Z_]+)` \| ([A-Z_]+) \|", DOCS.read_text(), re.MULTILINE)


def test_every_reason_has_a_class_and_no_other() -> None:
    assert [reason for reason, _ in listed()] == list(REASONS)
    assert {code for _, code in listed()} <= set(CODES)


@pytest.mark.parametrize("cls", REASONS.values())
def test_the_classes_are_exported(cls: type[TickwireError]) -> None:
    assert getattr(tickwire, cls.__name__) is cls
    assert cls.__name__ in tickwire.__all__


@pytest.mark.parametrize(("reason", "code"), listed())
def test_a_reason_arrives_as_its_class(reason: str, code: str) -> None:
    async def get_job(_: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        await refuse(context, grpc.StatusCode[code], reason, 1.5)
        raise AssertionError

    async def main() -> None:
        async with serve(GetJob=get_job) as address, Client(address) as client:
            with pytest.raises(REASONS[reason]) as caught:
                await client.get_job("a", retry=False)
        error = caught.value
        assert (error.code, error.reason, str(error)) == (code, reason, reason.lower())
        assert error.facts == {"slug": "a"}
        assert error.retry_after is not None
        assert error.retry_after.total_seconds() == 1.5

    asyncio.run(main())


def test_where_no_server_speaks_the_reason_is_the_code() -> None:
    async def main() -> None:
        async with Client("127.0.0.1:1") as client:
            with pytest.raises(TickwireError) as caught:
                await client.get_job("a", retry=False)
        assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "UNAVAILABLE")
        assert not isinstance(caught.value, JobNotFoundError)

    asyncio.run(main())
