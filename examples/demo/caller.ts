/**
 * Calls a server as curl would and holds the answer against what was expected: `DELETE /api/{ada}/tasks/{task}` is
 * shown as it is written and asked with the ids filled in.
 */
import { z } from "zod";
import { Difference } from "./difference.ts";
import type { Screen } from "./screen.ts";

interface Expectation {
  readonly why: string;
  readonly status: number;
  /** `code` of the problem details a refusal carries. */
  readonly code?: string;
  /** What goes behind `Authorization: Bearer`. */
  readonly bearer?: string;
  readonly body?: object;
}

interface Answer {
  readonly headers: Headers;
  readonly body: unknown;
}

export type Call = (what: string, expected: Expectation) => Promise<Answer>;

export function createCaller(origin: string, ids: ReadonlyMap<string, string>, screen: Screen): Call {
  return async (what, { why, status, code, bearer, body }) => {
    const [method = "GET", path = "/"] = what.split(" ");
    const filled = path.replace(/\{(\w+)\}/g, (placeholder, name: string) => ids.get(name) ?? placeholder);
    const response = await fetch(`${origin}${filled}`, {
      method,
      headers: {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === "" ? undefined : parseJson(text);
    if (response.status !== status || (code !== undefined && problem.parse(answer).code !== code)) {
      const wanted = code === undefined ? `${status}` : `${status} ${code}`;
      throw new Difference(`${what}: expected ${wanted}, got ${response.status}\n${text.slice(0, 500)}`);
    }
    screen.ok(String(status), `${method.padEnd(6)} ${path}`, code === undefined ? why : `${code}: ${why}`);
    return { headers: response.headers, body: answer };
  };
}

const problem = z.object({ code: z.string().optional() }).catch({});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
