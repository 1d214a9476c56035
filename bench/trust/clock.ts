/**
 * Time as somebody says it is, for the whole process: dates, `performance.now` and timers follow it. Sockets stay real,
 * so time waits for answers: each takes no time at all, and what depends on time comes out the same in every run.
 */
export interface Clock {
  /** Lets time pass, from timer to timer; what a timer sets going is over before the next one. */
  advance(seconds: number): Promise<void>;
  /** What nobody uses any more must not go on in the background. */
  forgetTimers(): void;
}

interface Timer {
  readonly due: number;
  run(): void;
  /** As Node's have it. */
  unref(): Timer;
}

/** To be called before anything is loaded that might keep hold of the real ones. Cannot be undone. */
export function takeOverTime(): Clock {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<Timer>();

  const start = (run: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]): Timer => {
    const timer = { due: now + milliseconds, run: () => run(...args), unref: () => timer };
    timers.add(timer);
    return timer;
  };

  const RealDate = Date;
  RealDate.now = () => now;
  Object.assign(performance, { now: () => now });
  Object.assign(globalThis, {
    Date: new Proxy(RealDate, {
      construct: (target, args, caller) =>
        Reflect.construct(target, args.length === 0 ? [now] : args, caller),
    }),
    setTimeout: start,
    clearTimeout: (timer: Timer) => timers.delete(timer),
    setInterval: () => {
      throw new Error("expected no intervals, which this clock does not have");
    },
  });

  async function advance(seconds: number): Promise<void> {
    const until = now + seconds * 1000;
    await quiet();
    for (let timer = next(until); timer !== undefined; timer = next(until)) {
      timers.delete(timer);
      now = Math.max(now, timer.due);
      timer.run();
      await quiet();
    }
    now = until;
  }

  /** Of those due by then the first. */
  const next = (until: number): Timer | undefined =>
    [...timers].filter(({ due }) => due <= until).sort((one, other) => one.due - other.due)[0];

  return { advance, forgetTimers: () => timers.clear() };
}

/** Turns of the event loop without a connection after which nothing is on its way any more. */
const QUIET_TURNS = 4;

/** Connections are closed after each answer (`issuer.ts`), so an open one means that somebody waits for something. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (process.getActiveResourcesInfo().some((name) => /^TCP(?:Socket|Connect)/.test(name))) turns = 0;
  }
}
