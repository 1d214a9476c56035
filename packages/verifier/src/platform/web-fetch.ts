// Owns one request for a JWK Set by fetch(): its time limit, its size limit, no redirects, the conditional form
// (RFC 9110 §13). Does not retry, cache, or look into the document.
import { FETCH_TIMEOUT, type JwksAnswer, MAX_JWKS_BYTES } from "./platform.ts";

export async function fetchJwks(
  url: URL,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<JwksAnswer> {
  const answer = await fetch(url, {
    headers: {
      accept: "application/jwk-set+json, application/json",
      ...(etag !== undefined && { "if-none-match": etag }),
    },
    // "manual" is what all of them know; a redirect is then an answer that is not 200.
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT)]),
  });
  const { status, headers } = answer;
  const caching = {
    cacheControl: headers.get("cache-control") ?? undefined,
    age: headers.get("age") ?? undefined,
  };
  if (status === 304 && etag !== undefined) {
    await answer.body?.cancel();
    return { ...caching, document: undefined, etag: headers.get("etag") ?? etag };
  }
  if (status !== 200) {
    await answer.body?.cancel();
    throw new Error(`expected status 200, got ${status}`);
  }
  return { ...caching, document: JSON.parse(await readText(answer)), etag: headers.get("etag") ?? undefined };
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = "";
  let length = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done || value === undefined) return text + decoder.decode();
    length += value.length;
    if (length > MAX_JWKS_BYTES) {
      await reader?.cancel();
      throw new Error(`expected at most ${MAX_JWKS_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
