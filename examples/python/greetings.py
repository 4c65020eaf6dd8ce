"""Schedules jobs, runs them, and watches them end."""

import asyncio
import os
import signal
import sys

from tickwire import Client, RunFilter, Task, TickwireError, Worker

ADDRESS = os.environ.get("TICKWIRE_ADDRESS", "127.0.0.1:7070")
USAGE = "usage: greetings.py schedule [n] | work | watch [n]"
NAMES = ("Ada", "Grace", "Linus", "Barbara", "Dennis")


async def schedule(count: int) -> None:
    """Stores jobs that run once, now. Each is durable when its line is printed."""
    async with Client(ADDRESS) as client:
        for n in range(count):
            done = await client.schedule_job("greet", payload={"name": NAMES[n % len(NAMES)]})
            print(f"scheduled {done.job.slug}", flush=True)


async def greet(task: Task) -> str:
    name = task.json()["name"]
    print(f"greeting {name}", flush=True)
    return f"Hello, {name}, from Python"


async def work() -> None:
    """Runs tasks until ^C or SIGTERM; then ends those in hand first."""
    worker = Worker(ADDRESS)
    worker.handle("greet", greet)
    await worker.run(stop_on=[signal.SIGINT, signal.SIGTERM])


async def watch(count: int | None) -> None:
    """Prints runs as they end, so many of them, or for ever."""
    async with (
        Client(ADDRESS) as client,
        client.watch_runs(RunFilter(kinds=["greet"]), view="full") as runs,
    ):
        print("watching", flush=True)
        seen = 0
        async for run in runs:
            print(f"{run.state} {run.result.decode()}", flush=True)
            seen += 1
            if seen == count:
                return


async def main(arguments: list[str]) -> None:
    match arguments:
        case ["schedule"]:
            await schedule(3)
        case ["schedule", count] if count.isdecimal() and int(count) > 0:
            await schedule(int(count))
        case ["work"]:
            await work()
        case ["watch"]:
            await watch(None)
        case ["watch", count] if count.isdecimal() and int(count) > 0:
            await watch(int(count))
        case _:
            print(USAGE, file=sys.stderr)
            sys.exit(2)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except TickwireError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
