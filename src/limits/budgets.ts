/**
 * How much of what anybody may do in a while, as data, and how long whoever goes on must wait. Which request is charged
 * to which budget is `plans.ts`'s business; counting is `limiter.ts`'s.
 */

/** How the wait of somebody who comes back only to use the budget up again becomes longer. */
interface Growth {
  /** Each time the wait is so many times the one before. */
  readonly factor: number;
  /** Seconds; it never becomes longer. */
  readonly most: number;
  /** Seconds after which the first time is forgotten. */
  readonly memory: number;
}

export interface Budget {
  /** What the `RateLimit` fields call it, and what stored counts begin with. */
  readonly name: string;
  readonly points: number;
  /** Seconds for which points are counted together. */
  readonly window: number;
  readonly growth?: Growth;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** 15 minutes, half an hour, one, two, four hours; forgotten after a day. */
const DOUBLING: Growth = { factor: 2, most: 4 * HOUR, memory: 24 * HOUR };

/**
 * What an account's name is all it takes to use up has no growth: strangers could make the owner wait longer and longer.
 * A device the owner has signed in with before has budgets of its own and is not touched by any of that.
 */
export const BUDGETS = {
  /** Wrong passwords, of one network for one account. */
  signIn: { name: "sign-in", points: 5, window: 15 * MINUTE, growth: DOUBLING },
  /** Wrong passwords for one account, wherever they come from: guessers that are many are still slow. */
  signInAccount: { name: "sign-in-account", points: 30, window: HOUR },
  /** Wrong passwords of one network, whatever the account: one password tried on everybody. */
  signInNetwork: { name: "sign-in-network", points: 100, window: 15 * MINUTE },
  signInDevice: { name: "sign-in-device", points: 10, window: 15 * MINUTE, growth: DOUBLING },

  signUp: { name: "sign-up", points: 30, window: HOUR },
  /** Sign-ups that name one address: each may send it a mail. */
  signUpAddress: { name: "sign-up-address", points: 10, window: HOUR },
  /** Asking whether a name is taken. */
  lookUp: { name: "look-up", points: 120, window: HOUR },

  /** Links and codes sent to one address. */
  mail: { name: "mail", points: 5, window: HOUR },
  mailNetwork: { name: "mail-network", points: 30, window: HOUR },
  mailDevice: { name: "mail-device", points: 5, window: HOUR },
  /** Invitations one session sends. */
  invite: { name: "invite", points: 100, window: HOUR },
  /** Of one network: whoever signs in again has a new session. */
  inviteNetwork: { name: "invite-network", points: 300, window: HOUR },

  /** Wrong codes from mails. */
  code: { name: "code", points: 10, window: 15 * MINUTE },
  codeNetwork: { name: "code-network", points: 60, window: 15 * MINUTE },
  codeDevice: { name: "code-device", points: 10, window: 15 * MINUTE, growth: DOUBLING },
  /** Wrong second factors: whoever gets this far has the password. */
  secondFactor: { name: "second-factor", points: 10, window: 15 * MINUTE, growth: DOUBLING },
  secondFactorDevice: { name: "second-factor-device", points: 10, window: 15 * MINUTE, growth: DOUBLING },
  /** Wrong passwords of somebody who is signed in and must say it again. */
  confirm: { name: "confirm", points: 5, window: 15 * MINUTE, growth: DOUBLING },

  /** Tokens and session checks, of one session. Counted by each server for itself, as are all below. */
  token: { name: "token", points: 6_000, window: MINUTE },
  tokenNetwork: { name: "token-network", points: 60_000, window: MINUTE },
  /** Everything else below `/api/auth`. */
  requests: { name: "requests", points: 6_000, window: MINUTE },
  admin: { name: "admin", points: 3_000, window: MINUTE },
} as const satisfies Record<string, Budget>;

export type BudgetId = keyof typeof BUDGETS;
export type Budgets = Readonly<Record<BudgetId, Budget>>;

/** Seconds to wait after a budget with growth was used up for the `times`-th time. */
export function waitAfter({ window, growth }: Budget, times: number): number {
  if (growth === undefined) return window;
  const wait = window * growth.factor ** Math.max(0, times - 1);
  return Math.max(window, Math.min(wait, growth.most));
}

/** The same budgets with so many times the points: for proofs and measurements that are a crowd from one address. */
export const enlarged = (budgets: Budgets, times: number): Budgets => ({
  ...budgets,
  ...Object.fromEntries(
    Object.entries(budgets).map(([id, budget]) => [id, { ...budget, points: budget.points * times }]),
  ),
});
