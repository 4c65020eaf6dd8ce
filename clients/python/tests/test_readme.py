"""The README: each of its snippets has its types checked, and those that run are run against a
server; each of its tables of options is held against the signatures."""

import asyncio
import inspect
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mypy import api

from tickwire import Client, RunFilter, Worker

README = (Path(__file__).parents[1] / "README.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
ADDRESS = os.environ.get("TICKWIRE_TEST_ADDRESS", "")
RUNNING = [code for code in SNIPPETS if "asyncio.run(main())" in code]
(WORKING,) = [code for code in SNIPPETS if "worker.run(" in code]


def test_snippets_are_well_typed(tmp_path: Path) -> None:
    assert len(SNIPPETS) >= 7
    files = [tmp_path / f"snippet{index}.py" for index in range(len(SNIPPETS))]
    for file, code in zip(files, SNIPPETS, strict=True):
        file.write_text(code)
    args = ["--strict", "--cache-dir", str(tmp_path / "cache"), *map(str, files)]
    out, err, status = api.run(args)
    assert status == 0, out + err


@pytest.mark.skipif(not ADDRESS, reason="TICKWIRE_TEST_ADDRESS names no server")
def test_snippets_run(tmp_path: Path) -> None:
    async def start(name: str, code: str) -> asyncio.subprocess.Process:
        file = tmp_path / f"{name}.py"
        file.write_text(code.replace("localhost:7070", ADDRESS))
        return await asyncio.create_subprocess_exec(sys.executable, str(file))

    async def main() -> None:
        working = await start("working", WORKING)
        try:
            async with (
                Client(ADDRESS) as client,
                client.watch_runs(RunFilter(kinds=["mail"]), view="full") as runs,
            ):
                await client.schedule_job("mail", payload={"to": "ada@example.com"})
                async for run in runs:
                    assert (run.state, run.result) == ("succeeded", b'{"sent":"ada@example.com"}')
                    break
            for index, code in enumerate(RUNNING):
                process = await start(f"running{index}", code)
                assert await process.wait() == 0, code
            working.send_signal(signal.SIGTERM)
            assert await working.wait() == 0
        finally:
            if working.returncode is None:
                working.kill()
                await working.wait()

    asyncio.run(asyncio.wait_for(main(), 60))


@pytest.mark.parametrize(
    ("heading", "call", "besides"),
    [
        ("Of `Client(address, ...)`:", Client.__init__, set()),
        ("Of each call:", Client.get_kind, {"name"}),
        (
            "Of `Worker(address, ...)`, besides the first five of the client's:",
            Worker.__init__,
            {"address", "tls", "token", "credentials", "headers"},
        ),
        ("Of `worker.handle(kind, ...)`:", Worker.handle, {"kind", "handler"}),
    ],
)
def test_tables_name_every_option(
    heading: str, call: Callable[..., object], besides: set[str]
) -> None:
    table = README.partition(heading)[2].strip().partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert set(named) == set(inspect.signature(call).parameters) - besides - {"self"}


def test_every_call_is_named() -> None:
    calls = [name for name in vars(Client) if not name.startswith("_") and name != "close"]
    assert [name for name in calls if f"`{name}`" not in README and "_page" not in name] == []
