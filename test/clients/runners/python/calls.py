# ruff: noqa: N802 - its methods have the names of the suite's calls.
"""Makes the calls that the suite asks for, by the names that they have in TypeScript."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tickwire import (
    Client,
    Cron,
    Interval,
    Job,
    JobFilter,
    JobSpec,
    KindSpec,
    Once,
    Policy,
    RetryPolicy,
    RunFilter,
    TickwireError,
    Trigger,
)


def time_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def span_of(ms: float | None) -> timedelta | None:
    return None if ms is None else timedelta(milliseconds=ms)


def text_of(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def trigger_of(said: dict[str, Any] | None) -> Trigger | None:
    match said:
        case None:
            return None
        case {"cron": {"expression": expression} as cron}:
            return Cron(expression, time_zone=cron.get("timeZone"))
        case {"cron": expression}:
            return Cron(expression)
        case {"interval": {"everyMs": ms}}:
            return Interval(timedelta(milliseconds=ms))
        case {"once": time}:
            return Once(time_of(time))
    raise ValueError(f"no trigger: {said}")


def policy_of(said: dict[str, Any] | None) -> Policy | None:
    if said is None:
        return None
    attempts = said.get("maxAttempts")
    retry = None if attempts is None else RetryPolicy(max_attempts=attempts)
    return Policy(timeout=span_of(said.get("timeoutMs")), retry=retry)


def job_of(args: dict[str, Any]) -> dict[str, Any]:
    """Of schedule_job and of JobSpec."""
    return {
        "slug": args.get("slug", ""),
        "payload": args.get("payload"),
        "labels": args.get("labels"),
        "trigger": trigger_of(args.get("trigger")),
        "policy": policy_of(args.get("policy")),
        "priority": args.get("priority"),
        "delay": span_of(args.get("delayMs")),
        "on_conflict": args.get("onConflict"),
        "validate_only": args.get("validateOnly", False),
        "request_id": args.get("requestId", ""),
    }


def show(job: Job) -> dict[str, Any]:
    return {
        "slug": job.slug,
        "kind": job.kind,
        "state": job.state,
        "payload": job.payload.decode(),
        "dueTime": text_of(job.due_time),
    }


def jobs_of(args: dict[str, Any]) -> JobFilter | None:
    return JobFilter(kinds=args["kinds"]) if "kinds" in args else None


def runs_of(args: dict[str, Any]) -> RunFilter | None:
    return RunFilter(kinds=args["kinds"]) if "kinds" in args else None


class Calls:
    def __init__(self, config: dict[str, Any], connection: dict[str, Any]) -> None:
        timeout = timedelta(milliseconds=config.get("timeoutMs", 30_000))
        self.client = Client(config["addresses"], **connection, timeout=timeout)

    async def close(self) -> None:
        await self.client.close()

    async def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        said = call.get("options") or {}
        options = {"timeout": span_of(said.get("timeoutMs")), "retry": said.get("retry")}
        try:
            value = await getattr(self, call["method"])(call.get("args") or {}, options)
        except TickwireError as error:
            return {"ok": False, "error": facts_of(error)}
        return {"ok": True, "value": value}

    async def scheduleJob(self, args: Any, options: Any) -> Any:
        done = await self.client.schedule_job(args.get("kind", ""), **job_of(args), **options)
        due_time = text_of(done.job.due_time)
        return {"slug": done.job.slug, "outcome": done.outcome, "dueTime": due_time}

    async def scheduleJobs(self, args: Any, options: Any) -> Any:
        jobs = [JobSpec(one.get("kind", ""), **job_of(one)) for one in args["jobs"]]
        results = await self.client.schedule_jobs(jobs, **options)
        return [
            {
                "slug": one.slug,
                "outcome": one.outcome,
                "reason": None if one.error is None else one.error.reason,
            }
            for one in results
        ]

    async def getJob(self, args: Any, options: Any) -> Any:
        return show(await self.client.get_job(args["slug"], **options))

    async def listJobs(self, args: Any, options: Any) -> Any:
        jobs = self.client.list_jobs(jobs_of(args), page_size=args.get("pageSize"), **options)
        return [job.slug async for job in jobs]

    async def listJobSlugs(self, args: Any, options: Any) -> Any:
        return [slug async for slug in self.client.list_job_slugs(jobs_of(args), **options)]

    async def updateJob(self, args: Any, options: Any) -> Any:
        delay = span_of(args.get("delayMs"))
        etag = args.get("etag", "")
        return show(await self.client.update_job(args["slug"], etag=etag, delay=delay, **options))

    async def deleteJob(self, args: Any, options: Any) -> None:
        await self.client.delete_job(
            args["slug"],
            etag=args.get("etag", ""),
            allow_missing=args.get("allowMissing", False),
            **options,
        )

    async def clearJobs(self, args: Any, options: Any) -> Any:
        return await self.bulk(self.client.clear_jobs, args, options)

    async def requeueJobs(self, args: Any, options: Any) -> Any:
        return await self.bulk(self.client.requeue_jobs, args, options)

    async def bulk(self, method: Any, args: Any, options: Any) -> Any:
        count_only = args.get("validateOnly", False)
        done = await method(
            jobs_of(args), all=args.get("all", False), validate_only=count_only, **options
        )
        return {"count": done.count, "more": done.more}

    async def pauseJob(self, args: Any, options: Any) -> Any:
        reason = args.get("reason", "")
        return show(await self.client.pause_job(args["slug"], reason=reason, **options))

    async def resumeJob(self, args: Any, options: Any) -> Any:
        return show(await self.client.resume_job(args["slug"], **options))

    async def runJob(self, args: Any, options: Any) -> Any:
        request_id = args.get("requestId", "")
        done = await self.client.run_job(args["slug"], request_id=request_id, **options)
        return show(done.job)

    async def backfillJob(self, args: Any, options: Any) -> Any:
        done = await self.client.backfill_job(
            args["slug"],
            start_time=datetime.fromisoformat(args["startTime"]),
            end_time=datetime.fromisoformat(args["endTime"]),
            max_runs=args.get("maxRuns"),
            **options,
        )
        return list(done.slugs)

    async def previewTrigger(self, args: Any, options: Any) -> Any:
        trigger = trigger_of({"cron": args["cron"]})
        assert trigger is not None
        done = await self.client.preview_trigger(trigger, count=args.get("count"), **options)
        return {"times": [text_of(time) for time in done.times], "description": done.description}

    async def listRuns(self, args: Any, options: Any) -> Any:
        runs = self.client.list_runs(runs_of(args), page_size=args.get("pageSize"), **options)
        return [run.run_id async for run in runs]

    async def watchRuns(self, args: Any, options: Any) -> Any:
        found: list[str] = []
        async with self.client.watch_runs(runs_of(args), **options) as runs:
            async for run in runs:
                found.append(run.run_id)
                if len(found) >= args["count"]:
                    break
        return found

    async def cancelRun(self, args: Any, options: Any) -> Any:
        run_id = args.get("runId", "")
        return await self.client.cancel_run(args["slug"], run_id=run_id, **options)

    async def registerKind(self, args: Any, options: Any) -> None:
        said = {name: args[name] for name in ("maxAttempts",) if name in args}
        policy = policy_of(said or None)
        kind = KindSpec(args["name"], etag=args.get("etag", ""), policy=policy)
        await self.client.register_kind(kind, **options)

    async def getKind(self, args: Any, options: Any) -> None:
        await self.client.get_kind(args["name"], **options)

    async def listKinds(self, args: Any, options: Any) -> Any:
        kinds = self.client.list_kinds(page_size=args.get("pageSize"), **options)
        return [kind.name async for kind in kinds]

    async def deleteKind(self, args: Any, options: Any) -> None:
        await self.client.delete_kind(args["name"], **options)

    async def pauseKind(self, args: Any, options: Any) -> None:
        await self.client.pause_kind(args["name"], reason=args.get("reason", ""), **options)

    async def resumeKind(self, args: Any, options: Any) -> None:
        await self.client.resume_kind(args["name"], **options)

    async def listWorkers(self, args: Any, options: Any) -> Any:
        workers = self.client.list_workers(page_size=args.get("pageSize"), **options)
        return [worker.worker_id async for worker in workers]

    async def getStats(self, args: Any, options: Any) -> None:
        await self.client.get_stats(args.get("kinds", []), **options)

    async def getServerInfo(self, _: Any, options: Any) -> Any:
        return {"version": (await self.client.get_server_info(**options)).version}


def facts_of(error: TickwireError) -> dict[str, Any]:
    violations = [{"field": one.field, "description": one.description} for one in error.violations]
    return {
        "code": error.code,
        "reason": error.reason,
        "violations": violations,
        "message": error.message,
    }
