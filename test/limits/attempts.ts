/** People who try again and again: sign-ins from wherever a trusted proxy says they come from. */
import type { Environment } from "../../src/config.ts";
import { postJson } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";

/** The tests' own connection counts as the proxy's, so that `X-Forwarded-For` tells where a request comes from. */
export const BEHIND_PROXY: Environment = { TRUSTED_PROXIES: "127.0.0.0/8, ::1" };

export interface Attempt {
  readonly email: string;
  readonly password?: string;
  readonly from?: string;
  readonly cookie?: string;
}

export const signIn = (
  url: string,
  { email, password = "wrong password", from, cookie }: Attempt,
): Promise<Response> =>
  postJson(
    `${url}/api/auth/sign-in/email`,
    { email, password },
    { ...(from !== undefined && { "x-forwarded-for": from }), ...(cookie !== undefined && { cookie }) },
  );

/** One after the other; their statuses. */
export async function inTurn(times: number, attempt: (time: number) => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time++) {
    const response = await attempt(time);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  return statuses;
}

/** All at once; their statuses, sorted. */
export async function atOnce(times: number, attempt: (time: number) => Promise<Response>): Promise<number[]> {
  const responses = await Promise.all(Array.from({ length: times }, (_, time) => attempt(time)));
  await Promise.all(responses.map(async (response) => response.body?.cancel()));
  return responses.map(({ status }) => status).toSorted((a, b) => a - b);
}

/** The `Cookie` of the device that got this answer, and nothing of its session. */
export function deviceOf(response: Response): string {
  const line = response.headers.getSetCookie().find((cookie) => cookie.includes("keyturn.device="));
  if (line === undefined) throw new Error("expected a cookie for the device");
  return line.split(";", 1)[0] ?? "";
}

/** How often the log says that a limit was reached. */
export const limitsReached = ({ log }: TestServer): number =>
  log.filter((line) => line.includes("a limit was reached")).length;

export const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status);
