/**
 * Nothing waits for a Postgres that neither answers nor hangs up: a machine that froze, a connection a firewall
 * forgot. The system would wait a quarter of an hour; whoever asked is told that the database is away.
 */

const PATIENCE_MS = 5_000;

/** Rejects with the code postgres.js uses for a connection that is not answered. The statement itself is left to its fate. */
export async function withinDeadline<T>(answer: PromiseLike<T>, patience = PATIENCE_MS): Promise<T> {
  const { promise: lateness, reject } = Promise.withResolvers<never>();
  const giveUp = () =>
    reject(
      Object.assign(new Error(`the database did not answer within ${patience} ms`), {
        code: "CONNECT_TIMEOUT",
      }),
    );
  const timer = setTimeout(giveUp, patience).unref();
  try {
    return await Promise.race([answer, lateness]);
  } finally {
    clearTimeout(timer);
  }
}
