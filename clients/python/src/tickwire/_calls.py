"""The calls of the contract on the wire's own messages: deadlines, repeats, one base of errors."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import grpc.aio
from google.protobuf.message import Message

from tickwire._addresses import Address
from tickwire._clock import Clock, LoopClock
from tickwire._connection import Connection
from tickwire._errors import TickwireError, of_code
from tickwire._member import Member
from tickwire._pool import Pool, client_closed
from tickwire._repeats import REPEATABLE, mark_repeat, method_of, name_call
from tickwire._requests import RetryOptions
from tickwire._round import Round
from tickwire._servers import Servers
from tickwire._wire.status import from_call_error

R = TypeVar("R", bound=Message)

_SERVICE = "/tickwire.v1.Scheduler/"


@dataclass(frozen=True)
class CallOptions:
    timeout: timedelta | None
    """For the whole call, further tries included; None: the client's, and for streams none."""
    retry: bool | None
    """Whether UNAVAILABLE is tried again; None: only where a repeat can't hurt."""


class Ongoing(Protocol):
    def cancel(self) -> bool: ...


class Calls:
    def __init__(
        self,
        addresses: tuple[Address, ...],
        connection: Connection,
        *,
        timeout: timedelta | None,
        retry: RetryOptions,
        unit: Callable[[], float] = random.random,
    ) -> None:
        """`unit` is uniform in [0, 1)."""
        self._addresses = addresses
        self._connection = connection
        self._timeout = timeout
        self._retry = retry
        self._unit = unit
        self._pool: Pool | None = None
        self._clock: Clock
        self._closed = asyncio.Event()
        self._ongoing: set[Ongoing] = set()

    def _open(self) -> Pool:
        """Within the event loop that the first call is made in."""
        if self._closed.is_set():
            raise client_closed()
        if self._pool is None:
            self._clock = LoopClock()
            self._pool = Pool(
                servers=Servers(self._addresses, self._clock),
                clock=self._clock,
                random=self._unit,
                connect=self._connection.open,
            )
        return self._pool

    async def unary(self, request: Message, response: type[R], options: CallOptions) -> R:
        """Asks one server after the other, and after a wait all of them again, until one answers or
        no further try is allowed. Raises TickwireError and nothing else."""
        name_call(request)
        pool = self._open()
        repeat = options.retry
        if repeat is None:
            repeat = REPEATABLE[method_of(request)](request)
        timeout = _seconds(self._timeout if options.timeout is None else options.timeout)
        deadline = self._clock.mono() + timeout
        asked = Round()
        rounds = 0
        while True:
            try:
                member = pool.now(asked) or await pool.later(asked, self._left(deadline))
                return await self._send(pool, member, request, response, self._left(deadline))
            except TickwireError as failure:
                if failure.code != "UNAVAILABLE" or not repeat:
                    raise
                if not pool.has_other(asked):
                    rounds += 1
                    wait = self._wait_before(rounds, failure)
                    if self._is_last(rounds) or self._left(deadline) <= wait:
                        raise
                    await self._pause(wait)
            mark_repeat(request)

    async def _send(
        self, pool: Pool, member: Member, request: Message, response: type[R], left: float
    ) -> R:
        call = member.channel.unary_unary(
            _SERVICE + method_of(request),
            request_serializer=_bytes_of,
            response_deserializer=response.FromString,
        )(request, timeout=_limit(left), metadata=self._connection.metadata)
        self._ongoing.add(call)
        try:
            return await call
        except asyncio.CancelledError:
            raise self._cancelled() from None
        except (grpc.RpcError, grpc.aio.BaseError) as error:
            raise self._failure(pool, member, error) from error
        finally:
            self._ongoing.discard(call)

    async def stream(
        self, request: Callable[[], Message], response: type[R], options: CallOptions
    ) -> AsyncGenerator[R, None]:
        """The responses of a streaming call. Where the server becomes UNAVAILABLE it is opened
        anew, at another one if there is one, with the request as it is then, unless `retry` is
        False. Raises TickwireError and nothing else; closing it ends the call."""
        pool = self._open()
        deadline = self._clock.mono() + _seconds(options.timeout)
        asked = Round()
        failures = 0
        while True:
            heard = False
            try:
                member = pool.now(asked) or await pool.later(asked, self._left(deadline))
                one = self._stream_of(pool, member, request(), response, self._left(deadline))
                try:
                    async for message in one:
                        heard = True
                        failures = 0
                        asked.begin()
                        yield message
                finally:
                    await one.aclose()
                return
            except TickwireError as failure:
                if failure.code != "UNAVAILABLE" or options.retry is False:
                    raise
                # Those whom one server has left must not come to the next all at once.
                if heard or not pool.has_other(asked):
                    failures += 1
                    if self._is_last(failures):
                        raise
                    await self._pause(self._wait_before(failures, failure))

    async def _stream_of(
        self, pool: Pool, member: Member, request: Message, response: type[R], left: float
    ) -> AsyncGenerator[R, None]:
        call = member.channel.unary_stream(
            _SERVICE + method_of(request),
            request_serializer=_bytes_of,
            response_deserializer=response.FromString,
        )(request, timeout=_limit(left), metadata=self._connection.metadata)
        self._ongoing.add(call)
        try:
            while isinstance(message := await call.read(), response):
                yield message
        except asyncio.CancelledError:
            raise self._cancelled() from None
        except (grpc.RpcError, grpc.aio.BaseError) as error:
            raise self._failure(pool, member, error) from error
        finally:
            self._ongoing.discard(call)
            call.cancel()

    def _cancelled(self) -> BaseException:
        """Of a call: with the task that waits for it, by the client's end, or with the connection
        to a server that left. Only the first is a cancellation to whoever made the call."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return asyncio.CancelledError()
        if self._closed.is_set():
            return client_closed()
        return of_code("UNAVAILABLE", "the server has left, and the call took too long to end")

    def _failure(self, pool: Pool, member: Member, error: Exception) -> TickwireError:
        if self._closed.is_set():
            return client_closed()
        failure = from_call_error(error)
        if failure.code == "UNAVAILABLE":
            pool.failed(member, failure)
        return failure

    def _left(self, deadline: float) -> float:
        return deadline - self._clock.mono()

    def _is_last(self, tries: int) -> bool:
        return self._retry.max_tries is not None and tries >= self._retry.max_tries

    def _wait_before(self, failed_tries: int, failure: TickwireError) -> float:
        """Full jitter: random below a bound that doubles with each try; or what the server asks
        for, if that is more."""
        longest = self._retry.longest.total_seconds()
        bound = min(self._retry.initial.total_seconds() * 2.0 ** min(failed_tries - 1, 32), longest)
        told = failure.retry_after.total_seconds() if failure.retry_after is not None else 0.0
        return max(self._unit() * bound, told)

    async def _pause(self, wait: float) -> None:
        try:
            await asyncio.wait_for(self._closed.wait(), wait)
        except TimeoutError:
            return

    async def close(self) -> None:
        """Calls in progress fail as CANCELLED, and so does every later one."""
        self._closed.set()
        for call in list(self._ongoing):
            call.cancel()
        if self._pool is not None:
            await self._pool.close()


def _bytes_of(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data


def _seconds(timeout: timedelta | None) -> float:
    return math.inf if timeout is None or timeout == timedelta.max else timeout.total_seconds()


def _limit(left: float) -> float | None:
    """gRPC takes None for no limit."""
    return None if math.isinf(left) else max(0.0, left)
