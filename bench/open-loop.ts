/**
 * Requests at a rate, whatever becomes of those before: as a crowd asks that knows nothing of each other. What stands
 * still while others are waited for, as `load.ts` does, would never see a queue grow.
 */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Ask {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  /** 0: the connection broke. */
  readonly status: number;
  /** Seconds, as the answer says; undefined where it does not. */
  readonly retryAfter: number | undefined;
  /** From the first byte out to the last byte in. */
  readonly milliseconds: number;
}

export const latenciesOf = (answers: readonly Answer[]): number[] =>
  answers.map(({ milliseconds }) => milliseconds);

interface Offer {
  readonly perSecond: number;
  readonly seconds: number;
  readonly ask: (number: number) => Ask;
}

const agent = new Agent({ keepAlive: true });

/** Resolves when the last one is answered. */
export async function offer({ perSecond, seconds, ask }: Offer): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  const start = performance.now();
  for (let number = 0; number < perSecond * seconds; number++) {
    const due = start + (number * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    answers.push(send(ask(number)));
  }
  return Promise.all(answers);
}

/** Each waits for its own answer only: so many at once, for so long. */
export async function keepAsking(
  atOnce: number,
  seconds: number,
  ask: (number: number) => Ask,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const end = performance.now() + seconds * 1000;
  let number = 0;
  const one = async () => {
    while (performance.now() < end) answers.push(await send(ask(number++)));
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return answers;
}

export function send({ url, method, headers, body }: Ask): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const start = performance.now();
  const end = (status: number, retryAfter?: string) =>
    resolve({
      status,
      retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
      milliseconds: performance.now() - start,
    });
  const broken = () => end(0);
  request(url, { method, headers, agent }, (incoming) => {
    const { statusCode = 0, headers: received } = incoming;
    incoming
      .resume()
      .on("end", () => end(statusCode, received["retry-after"]))
      .on("error", broken);
  })
    .on("error", broken)
    .end(body);
  return promise;
}
