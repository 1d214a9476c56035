// Owns one request for a JWK Set by node:http(s): its time limit, its size limit, no redirects, the conditional form.
// Those are loaded when first needed; not fetch(), because the first call of it costs some 20 ms of start-up.
// Does not retry, cache, or look into the document.
import type { IncomingMessage } from "node:http";
import { FETCH_TIMEOUT, type JwksAnswer, MAX_JWKS_BYTES } from "./platform.ts";

export async function fetchJwks(
  url: URL,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<JwksAnswer> {
  const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  // `identity`: a compressed body could be small on the wire and huge in memory. `close`: the next request is minutes away.
  const headers = {
    accept: "application/jwk-set+json, application/json",
    "accept-encoding": "identity",
    connection: "close",
  };
  const conditional = etag === undefined ? headers : { ...headers, "if-none-match": etag };
  const sent = request(url, { signal, headers: conditional });
  // For the whole exchange, so that a server that sends a byte a second is cut off too.
  const timer = setTimeout(
    () => sent.destroy(new Error(`no complete answer within ${FETCH_TIMEOUT} ms`)),
    FETCH_TIMEOUT,
  );
  timer.unref();
  try {
    return await new Promise((resolve, reject) => {
      sent.once("error", reject);
      sent.once("response", (response) => readAnswer(response, etag).then(resolve, reject));
      sent.end();
    });
  } finally {
    clearTimeout(timer);
    // What is left of an answer that was refused is not worth reading.
    sent.destroy();
  }
}

async function readAnswer(response: IncomingMessage, sentEtag: string | undefined): Promise<JwksAnswer> {
  const { statusCode, headers } = response;
  const caching = { cacheControl: headers["cache-control"], age: headers.age };
  if (statusCode === 304 && sentEtag !== undefined) {
    response.resume();
    return { ...caching, document: undefined, etag: headers.etag ?? sentEtag };
  }
  if (statusCode !== 200) throw new Error(`expected status 200, got ${statusCode ?? "none"}`);
  const coding = headers["content-encoding"] ?? "identity";
  if (coding !== "identity") throw new Error("expected no content coding");
  return { ...caching, document: JSON.parse(await readBody(response)), etag: headers.etag };
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
