/** The lives of keys as spans of time, and as a drawing for a terminal. Pure: what lies ahead is what is planned. */
import type { Key } from "../keys/key.ts";
import type { Algorithm } from "../settings.ts";

interface Span {
  readonly state: "announced" | "signing" | "verifying";
  readonly from: number;
  readonly until: number;
}

interface Life {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly state: Key["state"];
  readonly spans: readonly Span[];
  readonly revokedAt: number | undefined;
}

/** Milliseconds since the epoch. */
export interface Timeline {
  readonly now: number;
  readonly from: number;
  readonly until: number;
  readonly lives: readonly Life[];
}

/** Oldest first, one algorithm after the other. A standby is drawn signing for one rotation period, as far as is known. */
export function planTimeline(
  keys: readonly Key[],
  { now, rotationPeriod }: { now: number; rotationPeriod: number },
): Timeline {
  const ordered = keys.toSorted((a, b) => a.alg.localeCompare(b.alg) || a.announcedAt - b.announcedAt);
  const lives = ordered.map((key): Life => {
    const { kid, alg, state } = key;
    const spans = spansOf(key, keys, rotationPeriod).filter(({ from, until }) => until > from);
    return { kid, alg, state, spans, revokedAt: key.state === "revoked" ? key.revokedAt : undefined };
  });
  const times = [now, ...lives.flatMap(({ spans }) => spans.flatMap(({ from, until }) => [from, until]))];
  return { now, lives, from: Math.min(...times), until: Math.max(...times) };
}

function spansOf(key: Key, keys: readonly Key[], rotationPeriod: number): Span[] {
  const { announcedAt, activatesAt } = key;
  const life = (signedUntil: number, publicUntil: number): Span[] => [
    { state: "announced", from: announcedAt, until: Math.min(activatesAt, signedUntil) },
    { state: "signing", from: activatesAt, until: signedUntil },
    { state: "verifying", from: signedUntil, until: publicUntil },
  ];
  switch (key.state) {
    case "announced":
    case "signing": {
      const standby = keys.find(({ alg, state }) => alg === key.alg && state === "announced");
      const planned = activatesAt + rotationPeriod;
      const until = key.state === "signing" ? (standby?.activatesAt ?? planned) : planned;
      return life(until, until);
    }
    case "verifying":
    case "retired":
      return life(key.supersededAt, key.retiresAt);
    case "revoked":
      return life(Math.min(key.supersededAt ?? key.revokedAt, key.revokedAt), key.revokedAt);
  }
}

const STROKES = { announced: "░", signing: "█", verifying: "▒" } as const;
const NOW = "│";
const REVOKED = "✗";
const LABEL_WIDTH = 32;
const LEAST_WIDTH = 20;

/** Lines no longer than `columns`, as far as that is possible. */
export function renderTimeline(timeline: Timeline, columns: number): string[] {
  const { now, from, until, lives } = timeline;
  if (lives.length === 0) return ["no keys yet: a server makes them when it starts"];
  const width = Math.max(LEAST_WIDTH, columns - LABEL_WIDTH - 1);
  const columnOf = (time: number): number =>
    Math.min(width - 1, Math.floor(((time - from) / Math.max(1, until - from)) * width));
  const nowAt = columnOf(now);

  const draw = ({ spans, revokedAt }: Life): string => {
    const cells = Array.from({ length: width }, () => " ");
    // However short, a span is seen: one column at least, and the shortest on top.
    const longestFirst = spans.toSorted((a, b) => b.until - b.from - (a.until - a.from));
    for (const { state, from: begin, until: end } of longestFirst) {
      cells.fill(STROKES[state], columnOf(begin), Math.max(columnOf(begin) + 1, columnOf(end)));
    }
    cells[nowAt] = NOW;
    if (revokedAt !== undefined) cells[columnOf(revokedAt)] = REVOKED;
    return cells.join("").trimEnd();
  };
  const label = ({ kid, alg, state }: Life): string =>
    `${alg.padEnd(5)} ${kid.slice(0, 12)}…  ${state}`.padEnd(LABEL_WIDTH);

  const [left, right] = [iso(from), iso(until)];
  const scale = left + " ".repeat(Math.max(1, width - left.length - right.length)) + right;
  return [
    ...lives.map((life) => `${label(life)} ${draw(life)}`.trimEnd()),
    `${" ".repeat(LABEL_WIDTH)} ${pointAt(nowAt, `now ${iso(now)}`, width)}`,
    `${" ".repeat(LABEL_WIDTH)} ${scale}`,
    "",
    `${STROKES.announced} announced  ${STROKES.signing} signing  ${STROKES.verifying} verifying  ${REVOKED} revoked  ${NOW} now; what lies ahead is planned`,
  ];
}

/** Begins below the column, or ends there where it would not fit. */
const pointAt = (column: number, text: string, width: number): string =>
  " ".repeat(Math.max(0, column + text.length <= width ? column : column + 1 - text.length)) + text;

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 19).concat("Z");
