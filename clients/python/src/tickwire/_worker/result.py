"""An outcome as the wire has it."""

from tickwire._payload import cut_text
from tickwire._wire.time import optional_duration, optional_timestamp, to_duration
from tickwire._worker.invoke import describe, failure
from tickwire._worker.outcome import Failure, Outcome, Released, Snoozed, Success
from tickwire.v1 import worker_pb2 as pb

_RESULT_LIMIT = 64 * 1024 + 1
"""The server keeps 64 KiB of a result, and notes that it was cut where one byte more comes: so no
more than that is sent."""
_PAYLOAD_LIMIT = 4 * 1024 * 1024 - _RESULT_LIMIT - 4096
"""Both sides take messages of at most 4 MiB. What is longer than the server's own limit, but not
than this, it rejects by name."""


def result_of(slug: str, token: bytes, outcome: Outcome) -> pb.Result:
    """An outcome that no message can carry becomes a failure that says so: it would end every
    stream that it is sent on."""
    try:
        return _wire(slug, token, outcome)
    except Exception as error:
        return _wire(slug, token, failure(f"the outcome can't be sent: {describe(error)}"))


def _wire(slug: str, token: bytes, outcome: Outcome) -> pb.Result:
    if isinstance(outcome, Success):
        if outcome.payload is not None and len(outcome.payload) > _PAYLOAD_LIMIT:
            raise ValueError(
                f"the new payload has {len(outcome.payload)} bytes, "
                f"and a message takes {_PAYLOAD_LIMIT}"
            )
        success = pb.Success(
            result=outcome.result[:_RESULT_LIMIT],
            payload=outcome.payload,
            next_time=optional_timestamp(outcome.next_time, "next_time"),
            last_run=outcome.last_run,
        )
        return pb.Result(slug=slug, token=token, success=success)
    if isinstance(outcome, Failure):
        failed = pb.Failure(
            error=cut_text(outcome.error, 8 * 1024),
            permanent=outcome.permanent,
            retry_after=optional_duration(outcome.retry_after, "retry_after"),
        )
        return pb.Result(slug=slug, token=token, failure=failed)
    if isinstance(outcome, Snoozed):
        snoozed = pb.Snoozed(delay=to_duration(outcome.delay, "delay"))
        return pb.Result(slug=slug, token=token, snoozed=snoozed)
    if isinstance(outcome, Released):
        return pb.Result(slug=slug, token=token, released=pb.Released())
    return pb.Result(slug=slug, token=token, cancelled=pb.Cancelled())
