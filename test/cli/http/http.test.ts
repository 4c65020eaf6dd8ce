import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { PermanentError, RetryAfterError, type Task, TaskAborted, type TaskContext } from "@tickwire/client";
import { type Connect, connector } from "../../../src/cli/kinds/http/connect.js";
import { follow } from "../../../src/cli/kinds/http/follow.js";
import { httpHandler } from "../../../src/cli/kinds/http/http.js";
import { version } from "../../../src/version.js";

const handler = httpHandler({ allowPrivate: true });

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function listen(server: Server, heard: Heard[], answer: () => RequestListener): Promise<string> {
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      heard.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer()(request, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}

let answer: RequestListener = (_, response) => response.end("ok");
const heard: Heard[] = [];
const elsewhere: Heard[] = [];
const servers = [createServer(), createServer()] as const;
let [here, there] = ["", ""];
before(async () => {
  here = await listen(servers[0], heard, () => answer);
  there = await listen(servers[1], elsewhere, () => (_, response) => response.end("there"));
});
beforeEach(() => {
  heard.length = 0;
  elsewhere.length = 0;
});
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

const TASK = { slug: "a/b", jobUid: "uid", occurrenceId: "a/b@2026-03-01T09:00:00.000Z", attempt: 2, fence: 7 };

async function ask(payload: unknown, signal = new AbortController().signal, by = handler): Promise<unknown> {
  const task = { ...TASK, payload: Buffer.from(JSON.stringify(payload)) };
  const result = await by(task as unknown as Task, { signal } as unknown as TaskContext);
  assert.ok(Buffer.byteLength(result as string) <= 65_536, "fits into what the server keeps");
  return JSON.parse(result as string);
}

const replies = (status: number, headers: Record<string, string> = {}, body: string | Buffer = "") => {
  answer = (_, response) => response.writeHead(status, headers).end(body);
};

describe("the http kind", () => {
  it("gives the status and the body", async () => {
    replies(201, {}, "made, für dich");
    assert.deepEqual(await ask({ url: `${here}/a?b=c` }), { status: 201, body: "made, für dich" });
    assert.deepEqual([heard[0]?.method, heard[0]?.url], ["GET", "/a?b=c"]);
  });

  it("says who asks, and for which occurrence; the payload has the last word", async () => {
    replies(204);
    await ask({ url: here, headers: { "User-Agent": "mine", "x-key": "secret" }, body: { a: 1 } });
    const { accept, connection, host, ...headers } = heard[0]?.headers ?? {};
    assert.deepEqual([accept, connection, host], ["*/*", "close", here.slice("http://".length)]);
    assert.deepEqual(headers, {
      "user-agent": "mine",
      "idempotency-key": "uid:a/b@2026-03-01T09:00:00.000Z",
      "tickwire-slug": "a/b",
      "tickwire-occurrence-id": "a/b@2026-03-01T09:00:00.000Z",
      "tickwire-attempt": "2",
      "tickwire-fence": "7",
      "x-key": "secret",
      "content-type": "application/json",
      "content-length": "7",
    });
    assert.deepEqual([heard[0]?.method, heard[0]?.body], ["POST", '{"a":1}']);
    await ask({ url: here });
    assert.equal(heard[1]?.headers["user-agent"], `tickwire/${version}`);
  });

  it("succeeds on 2xx and 3xx, unless told otherwise", async () => {
    for (const status of [200, 204, 299, 300, 304]) {
      replies(status);
      assert.deepEqual(await ask({ url: here }), { status, body: "" });
    }
    replies(404, {}, "gone");
    assert.deepEqual(await ask({ url: here, expectStatus: [404, "5xx"] }), { status: 404, body: "gone" });
    replies(200);
    await assert.rejects(ask({ url: here, expectStatus: 204 }), {
      message: /^200 OK from 127\.0\.0\.1:\d+; expected 204$/,
    });
  });

  it("has the answer to HEAD, which has no body", async () => {
    replies(200, { "content-length": "5" });
    assert.deepEqual(await ask({ url: here, method: "HEAD" }), { status: 200, body: "" });
  });
});

describe("an answer that is no success", () => {
  it("is a failure with the status and the body's beginning", async () => {
    replies(500, {}, `why: ${"x".repeat(10_000)}`);
    await assert.rejects(ask({ url: `${here}/secret` }), (error: Error) => {
      assert.equal(error.name, "Error");
      assert.match(error.message, /^500 Internal Server Error from 127\.0\.0\.1:\d+; expected 2xx, 3xx\nwhy: x{2043}$/);
      return true;
    });
  });

  it("is permanent where it says that this request will never do", async () => {
    for (const status of [400, 405, 410, 413, 415, 422, 431]) {
      replies(status, { "retry-after": "5" });
      await assert.rejects(ask({ url: here }), PermanentError);
    }
    for (const status of [401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504]) {
      replies(status);
      await assert.rejects(ask({ url: here }), { name: "Error" });
    }
  });

  it("is retried when it says, within a second and a day", async () => {
    const waitOf = async (header: string) => {
      replies(503, { "retry-after": header, date: "Sun, 01 Mar 2026 09:00:00 GMT" });
      const error: unknown = await ask({ url: here }).catch((caught: unknown) => caught);
      return error instanceof RetryAfterError ? error.retryAfterMs : undefined;
    };
    assert.equal(await waitOf("120"), 120_000);
    assert.equal(await waitOf("0"), 1_000);
    assert.equal(await waitOf("99999999999999999999"), 86_400_000);
    assert.equal(await waitOf("Sun, 01 Mar 2020 09:00:00 GMT"), 1_000);
    assert.equal(await waitOf(new Date(Date.now() + 10 * 86_400_000).toUTCString()), 86_400_000);
    assert.equal(await waitOf("soon"), undefined);
    replies(429, { "retry-after": "3" });
    await assert.rejects(ask({ url: here }), RetryAfterError);
  });

  it("may be no answer at all", async () => {
    await assert.rejects(ask({ url: "http://127.0.0.1:1/x" }), {
      name: "Error",
      message: "no answer from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1",
    });
    answer = (request) => request.socket.destroy();
    await assert.rejects(ask({ url: here }), { message: /^no answer from .*: socket hang up$/ });
    // Half of a body is no answer either.
    answer = (request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half");
      setImmediate(() => request.socket.destroy());
    };
    await assert.rejects(ask({ url: here }), { message: /^no answer from .*: aborted$/ });
  });

  it("may be no HTTP, or have no end of headers", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.end(`HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(17_000)}\r\n\r\n`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address && typeof address === "object");
    await assert.rejects(ask({ url: `http://127.0.0.1:${address.port}` }), { message: /Header overflow/i });
    server.close();
  });
});

describe("a body", () => {
  it("is cut at 64 KiB, between characters, and the document says so", async () => {
    replies(200, {}, "ü".repeat(1_000_000));
    const { body, truncated } = (await ask({ url: here })) as { body: string; truncated: boolean };
    assert.deepEqual([truncated, new Set(body)], [true, new Set("ü")]);
    assert.ok(Buffer.byteLength(body) > 65_400);
    // An odd number of bytes before them: the 64 KiB end within a character.
    replies(200, {}, `x${"ü".repeat(100_000)}`);
    const odd = (await ask({ url: here })) as { body: string };
    assert.deepEqual(new Set(odd.body), new Set("xü"));
    replies(200, {}, '"\n'.repeat(40_000));
    const cut = (await ask({ url: here })) as { body: string; truncated: boolean };
    assert.ok(cut.truncated && cut.body.length > 16_300, String(cut.body.length));
  });

  it("that is not UTF-8 is base64", async () => {
    replies(200, {}, Buffer.from([0xff, 0xd8, 0xff]));
    assert.deepEqual(await ask({ url: here }), { status: 200, bodyBase64: "/9j/" });
    replies(200, {}, Buffer.alloc(100_000, 0xff));
    const { bodyBase64, truncated } = (await ask({ url: here })) as { bodyBase64: string; truncated: boolean };
    assert.ok(truncated);
    assert.ok(Buffer.from(bodyBase64, "base64").length > 49_000);
  });

  it("without an end is let go of after 16 MiB", async () => {
    answer = (_, response) => {
      const chunk = Buffer.alloc(262_144, "x");
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) {}
      };
      response.on("drain", more).on("error", () => {});
      more();
    };
    const { status, truncated } = (await ask({ url: here })) as { status: number; truncated: boolean };
    assert.deepEqual([status, truncated], [200, true]);
  });
});

describe("redirects", () => {
  const redirect = (status: number, location: string) => {
    answer = (request, response) => {
      if (request.url === "/end") response.end("end");
      else response.writeHead(status, { location }).end();
    };
  };

  it("are followed, with the method that each status asks for", async () => {
    for (const [status, method, followed] of [
      [301, "POST", "GET"],
      [302, "POST", "GET"],
      [302, "PUT", "PUT"],
      [303, "PUT", "GET"],
      [303, "HEAD", "HEAD"],
      [307, "POST", "POST"],
      [308, "PATCH", "PATCH"],
    ] as const) {
      heard.length = 0;
      redirect(status, "/end");
      const result = await ask({ url: here, method, body: "b", headers: { authorization: "mine" } });
      assert.deepEqual(result, { status: 200, body: method === "HEAD" ? "" : "end" });
      const { headers, ...last } = heard[1] as Heard;
      const isKept = followed === method;
      assert.deepEqual(last, { method: followed, url: "/end", body: isKept ? "b" : "" });
      assert.equal(headers.authorization, "mine");
      assert.equal("content-type" in headers, isKept);
    }
  });

  it("are followed 5 times", async () => {
    const chain = (length: number) => {
      answer = (request, response) => {
        const hop = Number(request.url?.slice(1));
        if (hop === length) response.end("end");
        else response.writeHead(302, { location: `/${hop + 1}` }).end();
      };
    };
    chain(5);
    assert.deepEqual(await ask({ url: `${here}/0` }), { status: 200, body: "end" });
    chain(6);
    await assert.rejects(ask({ url: `${here}/0` }), { message: /^\S+ redirects once more after 5 redirects$/ });
  });

  it("tell another origin nothing of who asks", async () => {
    redirect(307, `${there}/x`);
    await ask({
      url: here,
      body: "b",
      headers: { authorization: "mine", cookie: "mine", "x-key": "mine", accept: "a/b" },
    });
    const { host, connection, ...headers } = elsewhere[0]?.headers ?? {};
    assert.deepEqual([host, connection], [there.slice("http://".length), "close"]);
    assert.deepEqual(headers, {
      accept: "a/b",
      "user-agent": `tickwire/${version}`,
      "content-type": "text/plain; charset=utf-8",
      "content-length": "1",
    });
  });

  it("are the answer where their status is expected, or where they lead nowhere", async () => {
    redirect(302, "/end");
    assert.deepEqual(await ask({ url: here, expectStatus: 302 }), { status: 302, body: "" });
    replies(302);
    assert.deepEqual(await ask({ url: here }), { status: 302, body: "" });
  });

  it("to what can't be called are failures", async () => {
    redirect(302, "ftp://example.com/");
    await assert.rejects(ask({ url: here }), { message: /redirects to what is no http: or https: URL$/ });
    redirect(302, "http://a:b@127.0.0.1/");
    await assert.rejects(ask({ url: here }), { message: /redirects to a URL with a user name or password$/ });
  });
});

describe("private addresses", () => {
  const guarded = httpHandler({
    allowPrivate: false,
    lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  const { signal } = new AbortController();

  it("are refused for good, by address and by name", async () => {
    await assert.rejects(ask({ url: here }, signal, guarded), PermanentError);
    const byName = here.replace("127.0.0.1", "inside.example");
    await assert.rejects(ask({ url: byName }, signal, guarded), (error: Error) => {
      assert.ok(error instanceof PermanentError);
      assert.match(error.message, /^the address of inside\.example is private: only a worker started with --http-all/);
      return true;
    });
    assert.deepEqual(heard, []);
  });

  it("are refused at each hop", async () => {
    const guard = connector({ allowPrivate: false });
    // The first hop is as if it were outside.
    const connect: Connect = (url) =>
      url.hostname === "outside.example" ? connector({ allowPrivate: true })(new URL(here)) : guard(url);
    const hop = (url: string) =>
      follow({ method: "GET", url: new URL(url), headers: new Map(), body: undefined }, undefined, connect, signal);
    replies(302, { location: `${there}/inside` });
    await assert.rejects(hop("http://outside.example/"), PermanentError);
    assert.deepEqual([heard.length, elsewhere.length], [1, 0]);
  });
});

describe("an abort", { timeout: 20_000 }, () => {
  it("ends a request that waits for its answer", async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answer = (request) => {
        request.socket.once("close", () => resolve());
        abort.abort(new TaskAborted("timed_out"));
      };
    });
    await assert.rejects(ask({ url: here }, abort.signal), TaskAborted);
    await closed;
  });

  it("ends one whose answer has begun", async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answer = (request, response) => {
        request.socket.once("close", () => resolve());
        response.write("half");
        setImmediate(() => abort.abort(new TaskAborted("cancelled")));
      };
    });
    await assert.rejects(ask({ url: here }, abort.signal), TaskAborted);
    await closed;
  });

  it("before it begins opens nothing", async () => {
    await assert.rejects(ask({ url: here }, AbortSignal.abort(new TaskAborted("stopping"))), TaskAborted);
    assert.deepEqual(heard, []);
  });
});
