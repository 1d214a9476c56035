// Owns one request for a JWK Set by node:http(s): its time limit, its size limit, no redirects, the conditional form.
// Those are loaded when first needed; not fetch(), because the first call of it costs some 20 ms of start-up.
// Does not retry, cache, or look into the document.
import type { IncomingMessage } from "node:http";
import { FETCH_TIMEOUT, type JwksAnswer, MAX_JWKS_BYTES } from "./platform.ts";

export async function fetchJwks(
  url: URL,
  sentEtag: string | undefined,
  signal: AbortSignal,
): Promise<JwksAnswer> {
  const { request } = await loadClient(url);
  // `identity`: a compressed body could be small on the wire and huge in memory. `close`: the next request is minutes away.
  const headers = {
    accept: "application/jwk-set+json, application/json",
    "accept-encoding": "identity",
    connection: "close",
    ...(sentEtag !== undefined && { "if-none-match": sentEtag }),
  };
  const sent = request(url, { signal, headers });
  // For the whole exchange, so that a server that sends a byte a second is cut off too.
  const tooLate = new Error(`no complete answer within ${FETCH_TIMEOUT} ms`);
  const timer = setTimeout(() => sent.destroy(tooLate), FETCH_TIMEOUT);
  timer.unref();
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // Some answers, such as a change of protocols, are neither an error nor a response to Node.
      const nothing = () => reject(new Error("expected an answer, got none"));
      sent.once("error", reject).once("close", nothing).once("response", resolve).end();
    });
    const {
      "cache-control": cacheControl,
      age,
      etag,
      "content-encoding": coding = "identity",
    } = response.headers;
    if (response.statusCode === 304 && sentEtag !== undefined) {
      return { cacheControl, age, document: undefined, etag: etag ?? sentEtag };
    }
    if (response.statusCode !== 200) throw new Error(`expected status 200, got ${response.statusCode}`);
    if (coding !== "identity") throw new Error("expected no content coding");
    return { cacheControl, age, document: JSON.parse(await readBody(response)), etag };
  } finally {
    clearTimeout(timer);
    // What is left of an answer that was refused is not worth reading.
    sent.destroy();
  }
}

/**
 * By Node's own registry where there is one: whatever is imported has all its exports read, and one of node:http's is a
 * WebSocket client, which takes longer to load than all the rest.
 */
async function loadClient({ protocol }: URL) {
  if (protocol === "https:") return import("node:https");
  return process.getBuiltinModule?.("node:http") ?? import("node:http");
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_JWKS_BYTES) throw new Error(`expected at most ${MAX_JWKS_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
