/**
 * Requests to Vault's HTTP API: bounded in time and size, tried again while Vault is sealed or starting. Nothing a
 * server answers gets into an error but its status.
 */
import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../errors.ts";
import type { VaultAccess } from "./access.ts";

/** No answer that could be used, in words for an operator. */
export class VaultUnreachable extends Error {
  override readonly name = "VaultUnreachable";
}

export interface VaultPatience {
  /** For all that is asked, together. */
  readonly limitMs: number;
  /** How long a Vault that is sealed, starting or overloaded is asked again. */
  readonly retryMs: number;
}

interface VaultAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
}

export type VaultClient = (
  method: "GET" | "POST",
  path: string,
  options?: { readonly token?: string; readonly body?: object },
) => Promise<VaultAnswer>;

const PAUSE_MS = 250;
const MAX_ANSWER_BYTES = 1_000_000;

/** Sealed or starting (503), not yet consistent (412), over a quota (429), or a proxy that misses it (502, 504). */
const PASSING: ReadonlySet<number> = new Set([412, 429, 502, 503, 504]);
const PASSING_ERRORS: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EAI_AGAIN"]);

export function createVaultClient(access: VaultAccess, { limitMs, retryMs }: VaultPatience): VaultClient {
  const limit = AbortSignal.timeout(limitMs);
  const retryUntil = performance.now() + retryMs;

  return async (method, path, options = {}) => {
    for (;;) {
      const mayRetry = performance.now() + PAUSE_MS < retryUntil;
      try {
        const answer = await send(access, method, path, options, limit);
        if (!PASSING.has(answer.status)) return answer;
        if (!mayRetry) throw new VaultUnreachable(explainStatus(answer.status));
      } catch (error) {
        if (error instanceof VaultUnreachable) throw error;
        if (limit.aborted) throw new VaultUnreachable(`no answer within ${limitMs / 1000} s`);
        if (!mayRetry || !PASSING_ERRORS.has(codeOf(error))) throw new VaultUnreachable(reasonOf(error));
      }
      await sleep(PAUSE_MS);
    }
  };
}

const explainStatus = (status: number): string =>
  status === 503
    ? "it is sealed or not ready (503)"
    : `it does not answer requests at the moment (${status})`;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

async function send(
  { address, namespace, ca }: VaultAccess,
  method: string,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: object },
  signal: AbortSignal,
): Promise<VaultAnswer> {
  const url = new URL(`${address.replace(/\/+$/, "")}/v1/${path}`);
  const text = body === undefined ? "" : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<VaultAnswer>();
  const request = (url.protocol === "https:" ? requestByHttps : requestByHttp)(
    url,
    {
      method,
      signal,
      agent: false,
      ...(ca !== undefined && { ca }),
      headers: {
        "X-Vault-Request": "true",
        ...(token !== undefined && { "X-Vault-Token": token }),
        ...(namespace !== undefined && { "X-Vault-Namespace": namespace }),
        ...(text !== "" && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error("its answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: parseJson(Buffer.concat(chunks).toString("utf8")),
        }),
      );
    },
  );
  request.on("error", reject);
  request.end(text);
  return promise;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
