/**
 * Charges requests to budgets: counts first, then lets them go, so that twenty guesses at once are not twenty free ones;
 * gives points back when it turns out that nobody guessed. Which budgets is `plans.ts`'s business.
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { type Budget, type BudgetId, type Budgets, waitAfter } from "./budgets.ts";
import type { Standing } from "./counter.ts";
import type { KeyedCounts } from "./keyed-counts.ts";
import type { PlannedCharge } from "./plans.ts";
import type { Store } from "./store.ts";

export interface Charge extends Pick<PlannedCharge, "budget" | "onSuccess"> {
  /** Whom it is counted for; kept as an HMAC only. */
  readonly subject: string;
}

interface Refused extends Standing {
  readonly id: BudgetId;
  /** The budget has just been used up; false for all who knock after that. */
  readonly isFirst: boolean;
}

interface Charged {
  /** Undefined: the request may go on. Otherwise nothing was taken from the budgets before it. */
  readonly refused: Refused | undefined;
  readonly standings: readonly Standing[];
  /** How things stand after the request succeeded. */
  succeed(): Promise<readonly Standing[]>;
  /** After the server failed: nobody learnt anything from it. */
  takeBack(): Promise<void>;
}

export interface Limiter {
  charge(charges: readonly Charge[]): Promise<Charged>;
}

interface Kept {
  readonly id: BudgetId;
  readonly budget: Budget;
  readonly counts: KeyedCounts;
  /** How often it was used up, for budgets with growth. */
  readonly times: KeyedCounts | undefined;
}

export function createLimiter(store: Store, budgets: Budgets, secret: string): Limiter {
  const hmac = createSecretKey(Buffer.from(secret));
  const kept = new Map<BudgetId, Kept>();
  const keptFor = (id: BudgetId): Kept => {
    const found = kept.get(id) ?? keep(store, id, budgets[id]);
    kept.set(id, found);
    return found;
  };

  return {
    async charge(charges) {
      const taken: Taken[] = [];
      for (const { budget: id, subject, onSuccess } of charges) {
        const from = { ...keptFor(id), key: keyOf(hmac, subject), onSuccess };
        const { standing, refused } = await take(from);
        if (refused !== undefined) {
          await takeBack(taken);
          return {
            refused,
            standings: [...taken.map((each) => plusOne(each.standing)), refused],
            succeed: async () => [],
            takeBack: async () => {},
          };
        }
        taken.push({ ...from, standing });
      }
      return {
        refused: undefined,
        standings: taken.map(({ standing }) => standing),
        succeed: () => Promise.all(taken.map(settle)),
        takeBack: () => takeBack(taken),
      };
    },
  };
}

interface From extends Kept {
  readonly key: string;
  readonly onSuccess: PlannedCharge["onSuccess"];
}

interface Taken extends From {
  readonly standing: Standing;
}

function keep(store: Store, id: BudgetId, budget: Budget): Kept {
  const { name, points, window, growth } = budget;
  return {
    id,
    budget,
    counts: store.counts({ keyPrefix: name, points, duration: window }),
    times: growth && store.counts({ keyPrefix: `${name}-times`, points, duration: growth.memory }),
  };
}

/** Whoever is exactly one over uses the budget up, once; after that there is no more to be had before its wait is over. */
async function take({
  id,
  budget,
  counts,
  times,
  key,
}: From): Promise<{ standing: Standing; refused?: Refused }> {
  const { used, endsIn } = await counts.add(key);
  const remaining = Math.max(0, budget.points - used);
  const standing = { budget, remaining, reset: Math.max(1, Math.ceil(endsIn / 1000)) };
  if (used <= budget.points) return { standing };

  const isFirst = used === budget.points + 1;
  if (!isFirst || times === undefined) return { standing, refused: { ...standing, id, isFirst } };
  const wait = waitAfter(budget, (await times.add(key)).used);
  await counts.block(key, wait);
  return { standing, refused: { ...standing, reset: wait, id, isFirst } };
}

async function settle({ onSuccess, budget, counts, times, key, standing }: Taken): Promise<Standing> {
  switch (onSuccess) {
    case "keep":
      return standing;
    case "refund":
      await counts.giveBack(key);
      return plusOne(standing);
    case "reset":
      await Promise.all([counts.forget(key), times?.forget(key)]);
      return { budget, remaining: budget.points, reset: budget.window };
  }
}

const takeBack = async (taken: readonly Taken[]): Promise<void> => {
  await Promise.all(taken.map(({ counts, key }) => counts.giveBack(key)));
};

const plusOne = (standing: Standing): Standing => ({ ...standing, remaining: standing.remaining + 1 });

/** Neither addresses nor names lie in the store, and none is too long for it. */
const keyOf = (secret: KeyObject, subject: string): string =>
  createHmac("sha256", secret).update(subject).digest("base64url");
