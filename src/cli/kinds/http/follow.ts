import type { Connect } from "./connect.js";
import { exchange, type Incoming, type Outgoing } from "./exchange.js";
import type { Expected } from "./expected.js";
import { httpUrl, namesUser } from "./request.js";

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** What another origin may see of the headers: nothing that says who is asking. */
const FOR_OTHERS = new Set(["accept", "accept-encoding", "accept-language", "content-type", "user-agent"]);
const OF_BODY = new Set(["content-type", "content-encoding", "content-language", "content-location"]);

/** An answer that says where to go on, and can't be followed. */
export class RedirectError extends Error {}

/**
 * The answer at the end of up to 5 redirects; each hop has a connection of its own, checked as the first. A redirect that is itself what
 * is expected is the answer.
 */
export async function follow(
  first: Outgoing,
  expected: Expected | undefined,
  connect: Connect,
  signal: AbortSignal,
): Promise<Incoming & { readonly url: URL }> {
  let out = first;
  for (let hops = 0; ; hops++) {
    const answer = await exchange(out, connect, signal);
    const { location } = answer.headers;
    const isToFollow = REDIRECTS.includes(answer.status) && location !== undefined && !expected?.has(answer.status);
    if (!isToFollow) return { ...answer, url: out.url };
    if (hops === MAX_REDIRECTS)
      throw new RedirectError(`${out.url.host} redirects once more after ${MAX_REDIRECTS} redirects`);
    out = redirected(out, answer.status, location);
  }
}

/** As browsers do it: POST becomes GET on 301 and 302, everything but HEAD does on 303, and 307 and 308 keep the method and the body. */
function redirected(out: Outgoing, status: number, location: string): Outgoing {
  const url = httpUrl(location, out.url);
  if (!url) throw new RedirectError(`${out.url.host} redirects to what is no http: or https: URL`);
  if (namesUser(url)) throw new RedirectError(`${out.url.host} redirects to a URL with a user name or password`);
  const becomesGet = status === 303 ? out.method !== "HEAD" : status <= 302 && out.method === "POST";
  const isOther = url.origin !== out.url.origin;
  const headers = [...out.headers].filter(
    ([name]) => (!isOther || FOR_OTHERS.has(name)) && !(becomesGet && OF_BODY.has(name)),
  );
  return {
    url,
    headers: new Map(headers),
    method: becomesGet ? "GET" : out.method,
    body: becomesGet ? undefined : out.body,
  };
}
