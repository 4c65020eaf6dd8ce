"""The worker as its users see it."""

import asyncio
import contextlib
import logging
import os
import platform
import random
import secrets
import signal
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import grpc

from tickwire._addresses import DEFAULT_ADDRESS, parse_addresses
from tickwire._clock import LoopClock
from tickwire._connection import Connection, Tls
from tickwire._errors import TickwireError
from tickwire._kind import KindSpec
from tickwire._payload import cut_text
from tickwire._servers import Servers
from tickwire._version import CLIENT_NAME
from tickwire._wire.kind import to_wire_kind
from tickwire._worker.engine import Engine, EngineEvents, EngineParts
from tickwire._worker.in_hand import KindHandler
from tickwire._worker.invoke import Handler, is_async
from tickwire._worker.stream import GrpcTransport
from tickwire.v1 import worker_pb2 as pb

H = TypeVar("H", bound=Handler)

_MOST_TASKS = 10_000


class Worker:
    """Serves kinds of jobs over one stream, to a server that is drawn of those given. When that is
    lost or stops it goes to another, for ever, takes the tasks in hand along, and keeps every
    result until a server has recorded it.

        worker = Worker("localhost:7070", max_tasks=50)

        @worker.handle("mail")
        async def mail(task: Task) -> None:
            await send(task.payload)

        await worker.run()

    `address` is `host:port` of a server; several in a list, or with commas between them. A name
    that stands for several servers is the same as all of them.

    - `tls`: encrypts, with the certificates of the public authorities (True) or as said. Default:
      plain text.
    - `token`: sent as `authorization: Bearer ...`. Without `tls` whoever listens reads it.
    - `credentials`: of grpc, in place of `tls`.
    - `headers`: sent besides.
    - `max_tasks`: tasks at once, of all kinds together; 1 to 10,000.
    - `worker_id`: a label for people. Default: the host's name.
    - `info`: more for people, at most 16 pairs. Default: host, process id and Python's version.
    - `define`: kinds to register with the connection, for jobs of any client. One that is stored is
      left as it is; where the two differ the worker says so in its log, and serves it all the same.
    - `grace`: how long it waits for the tasks in hand when it stops.
    - `log`: default: the logger "tickwire". Messages are constant, the facts are in `extra`.

    Raises ValueError on an address, or a number of tasks, that is none, and TypeError where `tls`
    and `credentials` contradict each other.
    """

    def __init__(
        self,
        address: str | Iterable[str] = DEFAULT_ADDRESS,
        *,
        tls: Tls | bool = False,
        token: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        headers: Mapping[str, str] | None = None,
        max_tasks: int = 10,
        worker_id: str | None = None,
        info: Mapping[str, str] | None = None,
        define: Sequence[KindSpec] = (),
        grace: timedelta = timedelta(seconds=30),
        log: logging.Logger | None = None,
    ) -> None:
        self._addresses = parse_addresses(address)
        self._connection = Connection(
            tls=tls, token=token, credentials=credentials, headers=headers
        )
        self._max_tasks = _places_of(max_tasks)
        self._own_id = cut_text(socket.gethostname(), 100) if worker_id is None else worker_id
        self._info = {
            "host": socket.gethostname(),
            "pid": str(os.getpid()),
            "python": platform.python_version(),
        }
        if info is not None:
            self._info = dict(info)
        self._define = [to_wire_kind(kind) for kind in define]
        self._grace = grace
        self._log = log or logging.getLogger("tickwire")
        self._executor = ThreadPoolExecutor(self._max_tasks, thread_name_prefix="tickwire")
        self._kinds: dict[str, KindHandler] = {}
        self._running: _Running | None = None

    @overload
    def handle(self, kind: str, *, max_tasks: int | None = None) -> Callable[[H], H]: ...

    @overload
    def handle(self, kind: str, handler: H, *, max_tasks: int | None = None) -> H: ...

    def handle(
        self, kind: str, handler: H | None = None, *, max_tasks: int | None = None
    ) -> H | Callable[[H], H]:
        """Says what runs the tasks of a kind: a coroutine function, or a plain one, which runs in a
        thread. Each kind once, before the worker is started. `max_tasks` are tasks of this kind at
        once; None: bounded by the worker's alone.

        Raises RuntimeError where the worker is started, ValueError where the kind has a handler.
        """

        def add(handler: H) -> H:
            if self._running is not None:
                raise RuntimeError("the worker is started: no kind can be added")
            if kind in self._kinds:
                raise ValueError(f"kind {kind!r} has a handler already")
            places = None if max_tasks is None else _places_of(max_tasks)
            executor = None if is_async(handler) else self._executor
            self._kinds[kind] = KindHandler(handler, places, executor)
            return handler

        return add if handler is None else add(handler)

    def start(self) -> None:
        """Connects, and runs tasks until it is stopped. Once for each worker, within a running
        event loop; `run` and `async with` do it by themselves."""
        if self._running is not None:
            raise RuntimeError("the worker is started already")
        if not self._kinds:
            raise RuntimeError("the worker has no handler")
        clock = LoopClock()
        transport = GrpcTransport(self._connection)
        running = self._running = _Running(transport)
        running.engine = Engine(
            EngineParts(
                transport=transport,
                clock=clock,
                log=self._log,
                random=random.random,
                servers=Servers(self._addresses, clock),
                kinds=self._kinds,
                max_tasks=self._max_tasks,
                instance=secrets.token_bytes(16),
                worker_id=self._own_id,
                client=CLIENT_NAME,
                info=self._info,
                define=self._define,
            ),
            EngineEvents(running.welcomed, running.end, running.end),
        )
        running.engine.start()

    async def run(self, *, stop_on: Iterable[signal.Signals] = ()) -> None:
        """Runs tasks until the worker is stopped: by `stop`, by one of these signals of the process
        (a second one then does what it did before), or by cancellation of this call. In each case
        it takes no more tasks, and waits until those in hand have ended and are recorded.

        Raises TickwireError where the server refuses the worker as broken.
        """
        with self._stopped_by(stop_on):
            self.start()
            try:
                await self._drained()
            except asyncio.CancelledError:
                await self.stop()
                raise

    async def stop(self, *, grace: timedelta | None = None) -> None:
        """Takes no more tasks, and waits until those in hand have ended and are recorded. After the
        grace (default: the worker's) they are aborted, and those that don't end soon after are left
        behind. Again: the newest grace holds, from then on.

        Raises TickwireError where the server has refused the worker.
        """
        self._engine.stop((self._grace if grace is None else grace).total_seconds())
        await self._drained()

    async def ready(self) -> None:
        """Waits for the first stream that the server welcomed. Raises TickwireError where it
        refused the worker, RuntimeError where that was stopped before."""
        await asyncio.shield(self._started.ready)

    @property
    def worker_id(self) -> str:
        """As the server knows it; empty before `ready`."""
        return "" if self._running is None else self._running.worker_id

    @property
    def in_hand(self) -> int:
        """Tasks that it holds, finished ones included until the server has recorded them."""
        return 0 if self._running is None else self._engine.in_hand

    @property
    def connected(self) -> bool:
        return self._running is not None and self._engine.connected

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def _started(self) -> "_Running":
        if self._running is None:
            raise RuntimeError("the worker is not started")
        return self._running

    @property
    def _engine(self) -> Engine:
        engine = self._started.engine
        assert engine is not None
        return engine

    async def _drained(self) -> None:
        running = self._started
        try:
            await asyncio.shield(running.drained)
        finally:
            if running.drained.done():
                self._executor.shutdown(wait=False, cancel_futures=True)
                await running.transport.closed()

    @contextlib.contextmanager
    def _stopped_by(self, signals: Iterable[signal.Signals]) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        before: dict[signal.Signals, Any] = {}

        def forget() -> None:
            while before:
                one, handler = before.popitem()
                # Sets the default, whatever was there.
                loop.remove_signal_handler(one)
                if handler is not None:
                    signal.signal(one, handler)

        def stop() -> None:
            forget()
            self._engine.stop(self._grace.total_seconds())

        try:
            for one in set(signals):
                handler = signal.getsignal(one)
                loop.add_signal_handler(one, stop)
                before[one] = handler
            yield
        finally:
            forget()


class _Running:
    """What becomes of a worker that was started."""

    def __init__(self, transport: GrpcTransport) -> None:
        loop = asyncio.get_running_loop()
        self.transport = transport
        self.engine: Engine | None = None
        self.worker_id = ""
        self.ready: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()
        # Either may be watched by nobody.
        for future in (self.ready, self.drained):
            future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def welcomed(self, welcome: pb.Welcome) -> None:
        self.worker_id = welcome.worker_id
        if not self.ready.done():
            self.ready.set_result(None)

    def end(self, refused: TickwireError | None = None) -> None:
        if not self.ready.done():
            stopped = RuntimeError("the worker was stopped before it reached a server")
            self.ready.set_exception(refused or stopped)
        if refused is not None:
            self.drained.set_exception(refused)
        else:
            self.drained.set_result(None)


def _places_of(max_tasks: int) -> int:
    if isinstance(max_tasks, int) and 1 <= max_tasks <= _MOST_TASKS:
        return max_tasks
    raise ValueError(f"max_tasks must be a whole number from 1 to {_MOST_TASKS}, not {max_tasks!r}")
