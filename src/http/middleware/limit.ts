/**
 * Limits, as requests meet them: `limitTraffic` counts everything in memory, `limitAccounts` charges what could be guessed
 * or sent. Says how things stand in `RateLimit` fields, and refuses with 429. What costs what is `limits/plans.ts`'s.
 */
import { AppError } from "../../errors.ts";
import type { Budgets } from "../../limits/budgets.ts";
import { type Count, type Counter, createCounter, type Standing } from "../../limits/counter.ts";
import { inWords, policyField, standingField } from "../../limits/fields.ts";
import type { Limited, OnLimited } from "../../limits/limited.ts";
import type { Charge } from "../../limits/limiter.ts";
import type { Limits } from "../../limits/open.ts";
import { type EverydayBudget, everydayBudgets, type Per, type Plan, planFor } from "../../limits/plans.ts";
import { type AppContext, type AppMiddleware, requestHeader } from "../context.ts";
import type { CallerAddress } from "./caller-address.ts";
import { type AccountReader, namesInAnswer, unverifiedSession } from "./limited-account.ts";

export interface TrafficParts {
  readonly budgets: Budgets;
  readonly callerAddress: (c: AppContext) => CallerAddress;
  readonly issuer: string;
  readonly onLimited: OnLimited;
}

export function limitTraffic({ budgets, callerAddress, issuer, onLimited }: TrafficParts): AppMiddleware {
  const counters = {
    token: createCounter(budgets.token),
    tokenNetwork: createCounter(budgets.tokenNetwork),
    requests: createCounter(budgets.requests),
    admin: createCounter(budgets.admin),
  } satisfies Record<EverydayBudget, Counter>;

  return (c, next) => {
    const now = Date.now();
    const caller = callerAddress(c);
    const budgetOf = everydayBudgets(c.req.path);
    const session = budgetOf.session && unverifiedSession(c, issuer);
    let standing = counters[budgetOf.network].add(caller.network, now);
    if (budgetOf.session !== undefined && session !== undefined && !isOver(standing)) {
      standing = counters[budgetOf.session].add(session, now);
    }
    const { budget, used } = standing;
    c.env.outgoing.setHeader("RateLimit-Policy", policyField([budget]));
    c.env.outgoing.setHeader("RateLimit", standingField([standing]));
    if (!isOver(standing)) return next();
    if (used === budget.points + 1) onLimited(limited(c, standing, caller.address, undefined));
    throw refusal(standing);
  };
}

export interface AccountLimitParts {
  readonly limits: Pick<Limits, "budgets" | "limiter" | "deviceCookie">;
  readonly callerAddress: (c: AppContext) => CallerAddress;
  readonly readAccount: AccountReader;
  readonly onLimited: OnLimited;
}

export function limitAccounts({
  limits: { budgets, limiter, deviceCookie },
  callerAddress,
  readAccount,
  onLimited,
}: AccountLimitParts): AppMiddleware {
  return async (c, next) => {
    const plan = planFor(c.req.method, c.req.path);
    if (plan === undefined) return next();
    const { address, network } = callerAddress(c);
    const { account, session, deviceCookie: sent, isSignIn } = await readAccount(c, plan);
    const device = account && deviceCookie.find(sent, [account], Date.now());
    const charges = (device !== undefined && plan.known) || plan.charges;
    const subjects = { network, account, device, session };
    const show = showStandings(c, budgets, plan);

    const charged = await limiter.charge(
      charges.flatMap(({ budget, per, onSuccess }) => {
        const subject = subjectOf(per, subjects);
        return subject === undefined ? [] : [{ budget, subject, onSuccess } satisfies Charge];
      }),
    );
    show(charged.standings);
    if (charged.refused !== undefined) {
      if (charged.refused.isFirst) onLimited(limited(c, charged.refused, address, account));
      throw refusal(charged.refused);
    }

    await next();
    if (c.res.status >= 500) return await charged.takeBack();
    if (c.res.status >= 400) return;
    const answered = plan.known === undefined ? [] : await namesInAnswer(c.res);
    // A session beside the challenge of somebody else: what succeeded was its own second factor, not theirs.
    if (plan.account === "challenge" && account !== undefined && !answered.includes(account)) return;
    show(await charged.succeed());
    if (plan.known === undefined || !isSignIn(c.res)) return;
    const names = new Set([...answered, ...(account === undefined ? [] : [account])]);
    const cookie = deviceCookie.remember(sent, [...names], Date.now());
    if (cookie !== undefined) c.header("Set-Cookie", cookie, { append: true });
  };
}

const isOver = ({ used, budget }: Count): boolean => used > budget.points;

interface Subjects {
  readonly network: string;
  readonly account: string | undefined;
  readonly device: string | undefined;
  readonly session: string | undefined;
}

function subjectOf(per: Per, { network, account, device, session }: Subjects): string | undefined {
  switch (per) {
    case "network":
      return network;
    case "account":
      return account;
    case "account+network":
      return account && `${network} ${account}`;
    case "device":
      return device;
    case "session":
      return session;
  }
}

/**
 * Budgets of an account are not shown: how much of one is left would tell strangers what others did with that address,
 * and so whether there is anybody.
 */
function showStandings(
  c: AppContext,
  budgets: Budgets,
  { charges }: Plan,
): (standings: readonly Standing[]) => void {
  const hidden = new Set(
    charges.filter(({ per }) => per === "account").map(({ budget }) => budgets[budget].name),
  );
  const { outgoing } = c.env;
  const everyday = {
    policy: outgoing.getHeader("RateLimit-Policy"),
    standing: outgoing.getHeader("RateLimit"),
  };
  return (standings) => {
    const shown = standings.filter(({ budget }) => !hidden.has(budget.name));
    if (shown.length === 0) return;
    outgoing.setHeader(
      "RateLimit-Policy",
      listOf(policyField(shown.map(({ budget }) => budget)), everyday.policy),
    );
    outgoing.setHeader("RateLimit", listOf(standingField(shown), everyday.standing));
  };
}

const listOf = (field: string, before: unknown): string =>
  typeof before === "string" ? `${before}, ${field}` : field;

const limited = (
  c: AppContext,
  { budget }: Standing,
  address: string,
  account: string | undefined,
): Limited => ({
  budget: budget.name,
  method: c.req.method,
  path: c.req.path,
  requestId: c.get("requestId"),
  address,
  userAgent: requestHeader(c, "user-agent"),
  account,
});

const refusal = ({ reset }: Standing): AppError =>
  new AppError("rate_limited", `That was too often. Try again in ${inWords(reset)}.`, { retryAfter: reset });
