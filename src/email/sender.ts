/**
 * The background sender: hands over what is due, whenever woken and every few seconds, and writes down what became of
 * it. Nothing waits for it but the end of the process, and that not for long.
 */
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import type { Logger } from "../logger.ts";
import { LIFETIME } from "../mail-kinds.ts";
import { type DueMail, type Outcome, openMail, prune, settle, take } from "./outbox.ts";
import { isOfUse, pauseAfter } from "./retry.ts";
import type { MailSealer } from "./seal.ts";
import { DeliveryFailure, type MailTransport } from "./transport.ts";

const SECOND = 1_000;
/** Mails under way at once: one that hangs holds up no other. */
const LANES = 5;
/** How soon mail is found that nobody woke us for: of other replicas, or due again. */
const POLL = 10 * SECOND;
/** Shorter than the lease of a row. */
const LONGEST_ATTEMPT = 60 * SECOND;
const PRUNE_EVERY = 3_600 * SECOND;
/** What is under way when the process ends may take this long. */
const GRACE = 3 * SECOND;

export interface SenderParts {
  readonly db: Database;
  readonly transport: MailTransport;
  readonly sealer: MailSealer;
  readonly logger: Logger;
}

export interface Sender {
  /** Looks for mail now. Returns at once. */
  wake(): void;
  /** Takes no more mail, and ends within seconds. */
  close(): Promise<void>;
}

export function startSender({ db, transport, sealer, logger }: SenderParts): Sender {
  const underWay = new Set<Promise<void>>();
  const cutting = new AbortController();
  let bell = Promise.withResolvers<void>();
  const stopping = new AbortController();
  let mayBeMore = false;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let isTroubled = false;

  const deliver = async (due: DueMail): Promise<void> => {
    const outcome = await attempt(due);
    await withinDeadline(settle(db, due, outcome));
    const line = { id: due.id, kind: due.kind, attempts: due.attempts };
    if (outcome.state === "sent") logger.debug(line, "mail sent");
    else logger.warn({ ...line, reason: outcome.reason }, `mail could not be sent: ${outcome.state}`);
  };

  const attempt = async (due: DueMail): Promise<Outcome> => {
    const mail = openMail(sealer, due);
    if (mail === undefined) return { state: "given up", reason: "unreadable: its secret is gone" };
    const lifetime = LIFETIME[mail.kind];
    if (!isOfUse(due.age, lifetime)) return { state: "given up", reason: "too late to be of use" };
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(LONGEST_ATTEMPT), cutting.signal]);
      await transport.send({ id: due.id, ...mail }, signal);
      return { state: "sent" };
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error;
      const { attempts, age } = due;
      const { permanent, message: reason } = error;
      const pause = pauseAfter({ attempts, age, lifetime, permanent, jitter: Math.random() });
      return pause === undefined ? { state: "given up", reason } : { state: "tried again", reason, pause };
    }
  };

  /** As many as there are free lanes; a lane that becomes free looks again if there may be more. */
  const sendDue = async (): Promise<void> => {
    const free = LANES - underWay.size;
    const due = free > 0 ? await withinDeadline(take(db, free)) : [];
    mayBeMore = due.length === free;
    for (const each of due) {
      const delivery = deliver(each)
        .catch(report)
        .finally(() => {
          underWay.delete(delivery);
          if (mayBeMore) bell.resolve();
        });
      underWay.add(delivery);
    }
  };

  const pruneSometimes = async (): Promise<void> => {
    if (performance.now() - prunedAt < PRUNE_EVERY) return;
    prunedAt = performance.now();
    await withinDeadline(prune(db));
  };

  /** Said once, not every few seconds for as long as a database is away. */
  const report = (error: unknown): void => {
    if (!isTroubled) logger.warn({ err: error }, "waiting mail could not be looked after; tried again soon");
    isTroubled = true;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Rung from now on means: look again.
      bell = Promise.withResolvers<void>();
      try {
        await sendDue();
        await pruneSometimes();
        isTroubled = false;
      } catch (error) {
        report(error);
      }
      const poll = setTimeout(bell.resolve, POLL).unref();
      if (!stopping.signal.aborted) await bell.promise;
      clearTimeout(poll);
    }
    await Promise.all(underWay);
  };
  const running = run();

  return {
    wake: () => bell.resolve(),
    async close() {
      stopping.abort();
      bell.resolve();
      const grace = setTimeout(() => cutting.abort(), GRACE);
      await running;
      clearTimeout(grace);
      transport.close();
    },
  };
}
