"""Plays a worker or a client as the suite in test/clients says: config as the first argument,
commands as JSON lines on stdin, events as JSON lines on stdout."""

import asyncio
import json
import logging
import os
import random
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tickwire import KindSpec, Task, TickwireError, Tls, Worker

from script import Gates, play, play_blocking

_writing = threading.Lock()


def emit(event: str, **facts: Any) -> None:
    line = json.dumps({"event": event, **facts}, ensure_ascii=False)
    with _writing:
        print(line, flush=True)


def began(task: Task) -> None:
    kept = task.previous_checkpoint
    facts = {
        "slug": task.slug,
        "jobUid": task.job_uid,
        "kind": task.kind,
        "runId": task.run_id,
        "occurrenceId": task.occurrence_id,
        "payload": task.text(),
        "contentType": task.content_type,
        "labels": task.labels,
        "scheduledTime": text_of(task.scheduled_time),
        "attempt": task.attempt,
        "maxAttempts": task.max_attempts,
        "fence": task.fence,
        "timeoutMs": None if task.timeout is None else task.timeout / timedelta(milliseconds=1),
        "previousError": task.previous_error,
        "previousCheckpoint": None if kept is None else kept.decode(),
        "traceContext": task.trace_context,
    }
    emit("began", task=facts)


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tls_of(config: dict[str, Any]) -> Tls | bool:
    said = config.get("tls")
    if not said:
        return False
    pem = {name: Path(said[name]).read_bytes() for name in ("ca", "cert", "key") if said.get(name)}
    return Tls(**pem, server_name=said.get("serverName"))


class Runner:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.gates = Gates()
        self.connection: dict[str, Any] = {"tls": tls_of(config), "token": config.get("token")}
        self.worker: Worker | None = None
        self.stops: set[asyncio.Task[None]] = set()
        self.calls: Any = None

    def new_worker(self) -> Worker:
        config = self.config
        worker = Worker(
            config["addresses"],
            **self.connection,
            max_tasks=config.get("maxTasks", 10),
            worker_id=config.get("workerId"),
            info=config.get("info"),
            define=[KindSpec(name) for name in config.get("define", [])],
            grace=timedelta(milliseconds=config.get("graceMs", 30_000)),
        )
        for name, options in config["kinds"].items():
            handler = self.handler(name)
            worker.handle(name, handler, max_tasks=options.get("maxTasks"))
        return worker

    def handler(self, kind: str) -> Any:
        mode = self.config["mode"]
        if mode == "ledger":
            return self.note
        if mode == "quiet":
            return quiet
        return self.script_blocking if kind == "sync" else self.script

    async def script(self, task: Task) -> Any:
        began(task)
        return await play(task, self.gates, emit)

    def script_blocking(self, task: Task) -> Any:
        began(task)
        return play_blocking(task, self.gates, emit)

    async def note(self, task: Task) -> None:
        facts = {"slug": task.slug, "runId": task.run_id, "attempt": task.attempt}
        line = json.dumps(facts) + "\n"
        file = os.open(self.config["ledger"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
        await asyncio.sleep(random.random() * self.config.get("mostMs", 0) / 1000)

    async def work(self) -> int:
        worker = self.worker = self.new_worker()
        listening = asyncio.create_task(self.listen())
        ready = asyncio.create_task(self.tell_ready(worker))
        try:
            await worker.run(stop_on=[signal.SIGTERM])
        except TickwireError as error:
            emit("refused", code=error.code, reason=error.reason)
            return 3
        finally:
            ready.cancel()
            listening.cancel()
        emit("drained")
        return 0

    async def tell_ready(self, worker: Worker) -> None:
        # Not started before `run` has begun.
        await asyncio.sleep(0)
        try:
            await worker.ready()
        except (TickwireError, RuntimeError):
            return
        emit("ready", workerId=worker.worker_id)

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        lines: asyncio.Queue[str | None] = asyncio.Queue()

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

        threading.Thread(target=read, daemon=True).start()
        while (line := await lines.get()) is not None:
            if not await self.command(json.loads(line)):
                break

    async def command(self, command: dict[str, Any]) -> bool:
        """False: no further ones."""
        if "open" in command:
            self.gates.open(command["open"])
        elif "stop" in command:
            grace = timedelta(milliseconds=command["stop"].get("graceMs", 30_000))
            self.begin(self.stop(grace))
        elif "call" in command:
            self.begin(self.call(command["call"]))
        return "close" not in command

    def begin(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self.stops.add(task)
        task.add_done_callback(self.stops.discard)

    async def stop(self, grace: timedelta) -> None:
        if self.worker is not None:
            await self.worker.stop(grace=grace)

    async def call(self, call: dict[str, Any]) -> None:
        from calls import Calls

        if self.calls is None:
            self.calls = Calls(self.config, self.connection)
        emit("answered", id=call["id"], **await self.calls.answer(call))

    async def run(self) -> int:
        if self.config["mode"] != "client":
            code = await self.work()
        else:
            await self.listen()
            code = 0
        if self.calls is not None:
            await self.calls.close()
        if self.stops:
            await asyncio.wait(self.stops)
        return code


async def quiet(_: Task) -> None:
    pass


async def main() -> None:
    code = await Runner(json.loads(sys.argv[1])).run()
    sys.stdout.flush()
    # Neither a handler that was left behind nor its thread may keep the process.
    os._exit(code)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    asyncio.run(main())
