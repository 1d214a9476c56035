/**
 * The access model of one replica, at hand without a query: read at start, again whenever a change is announced, and
 * every few seconds in case an announcement was missed. Decides nothing: `model.ts` does.
 */
import type { Connections } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import { type AccessModel, buildModel, type Declared } from "./model.ts";
import { ACCESS_CHANNEL, readDeclared } from "./store.ts";

export interface AccessBook {
  model(): AccessModel;
  /** Reads it again; for whoever has just changed it. */
  refresh(): Promise<void>;
  close(): void;
}

const POLL_MS = 5_000;

export async function openAccessBook(
  connections: Pick<Connections, "accounts" | "listen">,
  configured: Declared,
  logger: Logger,
): Promise<AccessBook> {
  let model = buildModel(configured);
  let asked = 0;
  let known = 0;

  const refresh = async (): Promise<void> => {
    const order = ++asked;
    const stored = await readDeclared(connections.accounts);
    // Of two under way the one asked later knows more. What the configuration says cannot be undone by a row.
    if (order > known) {
      known = order;
      model = buildModel(stored, configured);
    }
  };
  // Until the next time it is as it was: a database that is away takes no role from anybody.
  const refreshQuietly = () =>
    void refresh().catch((error: unknown) => logger.debug({ err: error }, "roles and APIs were not read"));

  await refresh();
  await connections.listen(ACCESS_CHANNEL, refreshQuietly);
  const poll = setInterval(refreshQuietly, POLL_MS);
  poll.unref();
  return { model: () => model, refresh, close: () => clearInterval(poll) };
}
