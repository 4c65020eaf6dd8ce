"""One stream to a server, on a channel of its own: when to try again is the engine's business, not
that of a shared channel's backoff."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import grpc
import grpc.aio

from tickwire._connection import Connection
from tickwire._errors import TickwireError
from tickwire._servers import Server
from tickwire._wire.status import from_call_error
from tickwire.v1 import worker_pb2 as pb

_OPTIONS: list[tuple[str, str | int]] = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    # The engine has its own limit for a try.
    ("grpc.min_reconnect_backoff_ms", 20_000),
    # A frame has up to 1 MiB: with HTTP/2's own 64 KiB it would take 16 round trips.
    ("grpc.http2.lookahead_bytes", 1024 * 1024),
]
_PATH = "/tickwire.v1.Scheduler/Work"

_CLOSE = 1.0
"""How long a stream that was ended may take to send what was written."""
_ROOM = 16
"""So many frames may wait before it says that it is full."""

Call = grpc.aio.StreamStreamCall[pb.WorkRequest, pb.WorkResponse]


@dataclass(frozen=True)
class StreamEvents:
    opened: Callable[[], None]
    """The server is reached; the first frame may be written. Never called within `open`."""
    frame: Callable[[pb.WorkResponse], None]
    drained: Callable[[], None]
    """It takes frames again after `write` returned False."""
    closed: Callable[[TickwireError | None], None]
    """It is gone, in whichever way; the last event. None: a normal end."""


class WorkStream(Protocol):
    def write(self, frame: pb.WorkRequest) -> bool:
        """False: it takes no more until `drained`; this frame was taken. Only after `opened`."""

    def close(self) -> None:
        """Ends it: what was written is sent if possible. No event comes afterwards."""


class Transport(Protocol):
    """How the worker's streams are opened, so that its protocol can be tested without a network."""

    def open(self, server: Server, events: StreamEvents) -> WorkStream: ...


class GrpcTransport:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._streams: set[GrpcStream] = set()

    def open(self, server: Server, events: StreamEvents) -> WorkStream:
        stream = GrpcStream(self._connection, server, events)
        self._streams.add(stream)
        stream.task.add_done_callback(lambda _: self._streams.discard(stream))
        return stream

    async def closed(self) -> None:
        """Once all of them have ended."""
        while self._streams:
            await asyncio.wait([stream.task for stream in self._streams])


class GrpcStream:
    def __init__(self, connection: Connection, server: Server, events: StreamEvents) -> None:
        self._connection = connection
        self._server = server
        self._events = events
        self._call: Call | None = None
        self._frames: deque[pb.WorkRequest] = deque()
        self._wake = asyncio.Event()
        self._full = False
        self._closed = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        channel = self._connection.open(self._server, _OPTIONS)
        failure: TickwireError | None = None
        try:
            reached = await _reach(channel)
            call = self._call = channel.stream_stream(
                _PATH,
                request_serializer=_bytes_of,
                response_deserializer=pb.WorkResponse.FromString,
            )(metadata=self._connection.metadata)
            writing = asyncio.get_running_loop().create_task(self._write_all(call))
            try:
                if reached:
                    self._events.opened()
                await self._read_all(call)
            finally:
                writing.cancel()
        except asyncio.CancelledError:
            if not self._closed:
                raise
        except Exception as error:
            failure = from_call_error(error)
        finally:
            await channel.close()
        if not self._closed:
            self._closed = True
            self._events.closed(failure)

    async def _read_all(self, call: Call) -> None:
        while isinstance(frame := await call.read(), pb.WorkResponse):
            if not self._closed:
                self._events.frame(frame)

    async def _write_all(self, call: Call) -> None:
        try:
            while True:
                while self._frames:
                    await call.write(self._frames.popleft())
                if self._closed:
                    await call.done_writing()
                    return
                if self._full:
                    self._full = False
                    self._events.drained()
                else:
                    self._wake.clear()
                    await self._wake.wait()
        except (grpc.RpcError, asyncio.InvalidStateError, grpc.aio.BaseError):
            # Whoever reads is told why.
            pass

    def write(self, frame: pb.WorkRequest) -> bool:
        self._frames.append(frame)
        self._wake.set()
        self._full = self._full or len(self._frames) >= _ROOM
        return not self._full

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        if self._call is None:
            self.task.cancel()
        else:
            asyncio.get_running_loop().call_later(_CLOSE, self._call.cancel)


def _bytes_of(frame: pb.WorkRequest) -> bytes:
    return frame.SerializeToString()


async def _reach(channel: grpc.aio.Channel) -> bool:
    """Waits until the server is reached, so that a hello is not drawn up for a connection that may
    take long. False: it can't be; a call fails at once, and says why."""
    while True:
        state = channel.get_state(try_to_connect=True)
        if state is grpc.ChannelConnectivity.READY:
            return True
        if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            return False
        await channel.wait_for_state_change(state)
