/** In which order tokens come: what makes a cache of verified tokens worth much, little or nothing. */
import type { Contender } from "./contenders.ts";
import type { Token } from "./key.ts";
import { type Choose, WARM_UP_ROUNDS } from "./rounds.ts";
import type { PatternName } from "./speeds.ts";

interface Pattern {
  readonly name: PatternName;
  readonly rounds: number;
  readonly choose: Choose;
}

interface Supply {
  /** Everybody has verified them before. */
  readonly seen: readonly Token[];
  /** How many a contender verifies in a turn when it is left to the time a turn should take. */
  calls(contender: Contender): number;
  /** So many that nobody has verified. */
  make(count: number): readonly Token[];
}

const ROUNDS = 21;
const MIXED = { rounds: 16, calls: 500, fresh: 50 };
const UNIQUE = { rounds: 30, calls: 150 };

export function createPatterns({ seen, calls, make }: Supply): Pattern[] {
  /** Tokens for one turn, going on where the turn before has ended. */
  const cycle = (round: number, count: number): Token[] => {
    const tokens: Token[] = [];
    for (let call = 0; call < count; call++) {
      const token = seen[(round * count + call) % seen.length];
      if (token !== undefined) tokens.push(token);
    }
    return tokens;
  };
  const ones = seen.slice(0, 1);
  const mixed = deal(make, MIXED.rounds, MIXED.fresh);
  const unique = deal(make, UNIQUE.rounds, UNIQUE.calls);
  return [
    {
      name: "one token",
      rounds: ROUNDS,
      choose: (_, contender) => Array.from({ length: calls(contender) }, () => ones).flat(),
    },
    {
      name: "1,000 cycling",
      rounds: ROUNDS,
      choose: (round, contender) => cycle(round, calls(contender)),
    },
    {
      name: "90 % seen",
      rounds: MIXED.rounds,
      choose: (round) => spread(mixed(round), cycle(round, MIXED.calls - MIXED.fresh)),
    },
    { name: "never seen", rounds: UNIQUE.rounds, choose: unique },
  ];
}

/** The same new tokens for everybody in a round, and others in the next. */
function deal(make: Supply["make"], rounds: number, calls: number): (round: number) => readonly Token[] {
  const tokens = make((WARM_UP_ROUNDS + rounds) * calls);
  return (round) => tokens.slice(round * calls, (round + 1) * calls);
}

/** A few evenly among many. */
function spread(few: readonly Token[], many: readonly Token[]): Token[] {
  const share = many.length / few.length;
  return few.flatMap((token, index) => [token, ...many.slice(index * share, (index + 1) * share)]);
}
