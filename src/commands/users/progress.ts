/** How far long work is: a bar that is drawn over itself on a terminal, a plain line now and then anywhere else. */

export interface Progress {
  update(done: { readonly fraction: number; readonly count: number }): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

const BAR_WIDTH = 30;
const TERMINAL_MS = 100;
const PLAIN_MS = 5_000;

export function createProgress(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  what: string,
  clock: () => number = () => performance.now(),
): Progress {
  const began = clock();
  const every = stream.isTTY ? TERMINAL_MS : PLAIN_MS;
  let shown = stream.isTTY ? began - every : began;
  return {
    update({ fraction, count }) {
      const now = clock();
      if (now - shown < every) return;
      shown = now;
      const line = describeProgress({ fraction, count, seconds: (now - began) / 1000, what });
      stream.write(stream.isTTY ? `\r${bar(fraction)} ${line}\u001B[K` : `${line}\n`);
    },
    end() {
      if (stream.isTTY) stream.write("\r\u001B[K");
    },
  };
}

const bar = (fraction: number): string => {
  const full = Math.round(fraction * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
};

interface Done {
  readonly fraction: number;
  readonly count: number;
  readonly seconds: number;
  readonly what: string;
}

/** `45 %, 45,000 lines, 9,000 a second, 6 s left`. */
function describeProgress({ fraction, count, seconds, what }: Done): string {
  const rate = seconds > 0 ? Math.round(count / seconds) : 0;
  const left = fraction > 0 ? Math.ceil((seconds / fraction) * (1 - fraction)) : undefined;
  return [
    `${Math.floor(fraction * 100)} %`,
    `${count.toLocaleString("en")} ${what}`,
    `${rate.toLocaleString("en")} a second`,
    ...(left === undefined ? [] : [`${left} s left`]),
  ].join(", ");
}
