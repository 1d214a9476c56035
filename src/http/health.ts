/** `/livez`: the process answers. `/readyz`: it can do its work, so traffic may come. */
import { withinDeadline } from "../db/deadline.ts";
import type { AppContext } from "./context.ts";

export interface HealthParts {
  /** Rejects when the database does not answer. */
  pingDatabase(): Promise<unknown>;
  canSign(): boolean;
}

const DATABASE_PATIENCE_MS = 2_000;

export const liveness = (c: AppContext): Response => {
  c.header("Cache-Control", "no-store");
  return c.json({ status: "ok" });
};

export function createReadiness({
  pingDatabase,
  canSign,
}: HealthParts): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const database = (await answersInTime(pingDatabase)) ? "ok" : "unreachable";
    const keys = canSign() ? "ok" : "stale";
    const ready = database === "ok" && keys === "ok";
    c.header("Cache-Control", "no-store");
    return c.json({ status: ready ? "ready" : "unavailable", checks: { database, keys } }, ready ? 200 : 503);
  };
}

async function answersInTime(ping: () => Promise<unknown>): Promise<boolean> {
  try {
    await withinDeadline(ping(), DATABASE_PATIENCE_MS);
    return true;
  } catch {
    return false;
  }
}
