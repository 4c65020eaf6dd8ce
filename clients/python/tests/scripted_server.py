"""A server that answers as a test says, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tickwire.v1 import scheduler_pb2 as pb
from tickwire.v1 import worker_pb2

Context = grpc.aio.ServicerContext[Any, Any]
Answer = Callable[[Any, Context], Awaitable[Message]]
Stream = Callable[[Any, Context], AsyncIterator[Message]]
Work = Callable[["WorkCall"], Awaitable[None]]


async def refuse(
    context: Context,
    code: grpc.StatusCode,
    reason: str,
    retry_after: float | None = None,
    field: str | None = None,
) -> None:
    """Ends the call as Tickwire's servers do: with details."""
    status = Status(code=code.value[0], message=reason.lower())
    details: list[Message] = [ErrorInfo(reason=reason, domain="tickwire", metadata={"slug": "a"})]
    if retry_after is not None:
        info = RetryInfo()
        info.retry_delay.FromNanoseconds(int(retry_after * 1e9))
        details.append(info)
    if field is not None:
        violation = BadRequest.FieldViolation(field=field, description="wrong")
        details.append(BadRequest(field_violations=[violation]))
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await context.abort(code, reason.lower())


class WorkCall:
    """A worker's stream, as the server has it."""

    def __init__(self, frames: AsyncIterator[worker_pb2.WorkRequest], context: Context) -> None:
        self._frames = frames
        self.context = context
        self.token = 0

    async def next(self) -> worker_pb2.WorkRequest:
        """The next frame that is no ping."""
        async for frame in self._frames:
            if frame.WhichOneof("frame") != "ping":
                return frame
        raise EOFError("the worker has ended the stream")

    async def ended(self) -> None:
        async for _ in self._frames:
            pass

    async def send(self, **frame: Any) -> None:
        await self.context.write(worker_pb2.WorkResponse(**frame))

    async def welcome(self, **fields: Any) -> worker_pb2.Hello:
        hello = (await self.next()).hello
        welcome = worker_pb2.Welcome(worker_id=hello.worker_id, server_id="s", **fields)
        welcome.ping_interval.FromSeconds(3)
        await self.send(welcome=welcome)
        return hello

    async def task(self, slug: str, kind: str = "k", **fields: Any) -> None:
        task = worker_pb2.Task(slug=slug, token=slug.encode(), kind=kind, attempt=1, **fields)
        await self.send(tasks=worker_pb2.Tasks(tasks=[task]))

    async def cancel(self, slug: str, reason: worker_pb2.CancelReason) -> None:
        cancellation = worker_pb2.Cancellation(slug=slug, token=slug.encode(), reason=reason)
        await self.send(cancellations=worker_pb2.Cancellations(cancellations=[cancellation]))

    async def result(self) -> worker_pb2.Result:
        """Of one task; its receipt is sent."""
        while True:
            frame = await self.next()
            if frame.WhichOneof("frame") == "results":
                (result,) = frame.results.results
                state = worker_pb2.RECEIPT_STATE_RECORDED
                receipt = worker_pb2.Receipt(token=result.token, state=state)
                await self.send(receipts=worker_pb2.Receipts(receipts=[receipt]))
                return result


@asynccontextmanager
async def serve(
    *,
    work: Work | None = None,
    streams: dict[str, Stream] | None = None,
    **answers: Answer,
) -> AsyncIterator[str]:
    """Its address. What a `work` raises is raised at the end."""
    faults: list[BaseException] = []

    async def work_stream(frames: Any, context: Context) -> None:
        assert work is not None
        try:
            await work(WorkCall(frames, context))
        except grpc.aio.AbortError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            faults.append(error)
            raise

    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=getattr(pb, f"{name}Request").FromString,
            response_serializer=_bytes_of,
        )
        for name, answer in answers.items()
    }
    for name, stream in (streams or {}).items():
        handlers[name] = grpc.unary_stream_rpc_method_handler(
            stream,
            request_deserializer=getattr(pb, f"{name}Request").FromString,
            response_serializer=_bytes_of,
        )
    if work is not None:
        handlers["Work"] = grpc.stream_stream_rpc_method_handler(
            work_stream,
            request_deserializer=worker_pb2.WorkRequest.FromString,
            response_serializer=_bytes_of,
        )
    server = grpc.aio.server()
    generic = grpc.method_handlers_generic_handler("tickwire.v1.Scheduler", handlers)
    server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
    if faults:
        raise faults[0]


def _bytes_of(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
