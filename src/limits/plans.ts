/**
 * Which request of `/api/auth` is charged to which budgets, as data. A known device is one the account has signed in
 * with before (`device-cookie.ts`): it is charged to budgets of its own, so that nobody else can use them up. Pure.
 */
import type { BudgetId } from "./budgets.ts";

/** Whom points are counted for. A charge whose subject a request does not have is left out. */
export type Per = "network" | "account" | "account+network" | "device" | "session";

/** What becomes of the point when the request succeeds: only failures count for guesses, all requests for mails. */
type OnSuccess = "keep" | "refund" | "reset";

export interface PlannedCharge {
  readonly budget: BudgetId;
  readonly per: Per;
  readonly onSuccess: OnSuccess;
}

/** Where a request says whose account it is about: a member of its body, or the cookie of a second factor asked for. */
export type AccountSource = "email" | "newEmail" | "username" | "challenge";

export interface Plan {
  readonly account?: AccountSource;
  readonly charges: readonly PlannedCharge[];
  /** Instead of `charges`, from a device that is known for the account. */
  readonly known?: readonly PlannedCharge[];
}

const charge = (budget: BudgetId, per: Per, onSuccess: OnSuccess): PlannedCharge => ({
  budget,
  per,
  onSuccess,
});

const signIn = {
  charges: [
    charge("signIn", "account+network", "reset"),
    charge("signInNetwork", "network", "refund"),
    charge("signInAccount", "account", "refund"),
  ],
  known: [charge("signInDevice", "device", "reset")],
};

const mail = {
  charges: [charge("mailNetwork", "network", "keep"), charge("mail", "account", "keep")],
  known: [charge("mailDevice", "device", "keep")],
};

const code = {
  charges: [charge("codeNetwork", "network", "refund"), charge("code", "account", "reset")],
  known: [charge("codeDevice", "device", "reset")],
};

const confirm: Plan = { charges: [charge("confirm", "session", "reset")] };

/** Asked with the cookie of a challenge, or by somebody who is signed in. The engine decides which; both are charged. */
const secondFactor: Plan = {
  account: "challenge",
  charges: [
    charge("confirm", "session", "reset"),
    charge("codeNetwork", "network", "refund"),
    charge("secondFactor", "account", "reset"),
  ],
  known: [charge("confirm", "session", "reset"), charge("secondFactorDevice", "device", "reset")],
};

const PLANS: ReadonlyMap<string, Plan> = new Map<string, Plan>([
  ["/sign-in/email", { account: "email", ...signIn }],
  ["/sign-in/username", { account: "username", ...signIn }],

  [
    "/sign-up/email",
    {
      account: "email",
      charges: [charge("signUp", "network", "keep"), charge("signUpAddress", "account", "keep")],
    },
  ],
  ["/is-username-available", { charges: [charge("lookUp", "network", "keep")] }],

  ["/request-password-reset", { account: "email", ...mail }],
  ["/forget-password", { account: "email", ...mail }],
  ["/send-verification-email", { account: "email", ...mail }],
  ["/sign-in/magic-link", { account: "email", ...mail }],
  ["/email-otp/send-verification-otp", { account: "email", ...mail }],
  ["/email-otp/request-password-reset", { account: "email", ...mail }],
  ["/forget-password/email-otp", { account: "email", ...mail }],
  ["/email-otp/request-email-change", { account: "newEmail", ...mail }],
  ["/change-email", { account: "newEmail", ...mail }],
  ["/two-factor/send-otp", { account: "challenge", ...mail }],
  [
    "/organization/invite-member",
    {
      account: "email",
      charges: [
        charge("inviteNetwork", "network", "keep"),
        charge("invite", "session", "keep"),
        charge("mail", "account", "keep"),
      ],
    },
  ],

  ["/sign-in/email-otp", { account: "email", ...code }],
  ["/email-otp/verify-email", { account: "email", ...code }],
  ["/email-otp/check-verification-otp", { account: "email", ...code }],
  ["/email-otp/reset-password", { account: "email", ...code }],
  ["/email-otp/change-email", confirm],

  ["/two-factor/verify-totp", secondFactor],
  ["/two-factor/verify-otp", secondFactor],
  ["/two-factor/verify-backup-code", secondFactor],
  ["/two-factor/enable", confirm],
  ["/two-factor/disable", confirm],
  ["/two-factor/generate-backup-codes", confirm],
  ["/two-factor/get-totp-uri", confirm],
  ["/verify-password", confirm],
  ["/change-password", confirm],
  ["/delete-user", confirm],
]);

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Undefined for what nobody gains by repeating. */
export const planFor = (method: string, path: string): Plan | undefined =>
  SAFE_METHODS.has(method) ? undefined : PLANS.get(routeOf(path));

/** Below `/api/auth`, as it is written here. Recognises rather too many spellings than too few. */
export const routeOf = (path: string): string =>
  path
    .toLowerCase()
    .replaceAll(/\/{2,}/g, "/")
    .replace(/^\/api\/auth(?=\/)/, "")
    .replace(/\/$/, "");

/** Session checks and tokens are asked for all day by machines on behalf of many. */
const HOT_PATHS: ReadonlySet<string> = new Set(["/api/auth/token", "/api/auth/get-session"]);

/** Counted by each server for itself. */
export type EverydayBudget = Extract<BudgetId, "token" | "tokenNetwork" | "requests" | "admin">;

interface EverydayBudgets {
  readonly network: EverydayBudget;
  readonly session?: EverydayBudget;
}

const HOT: EverydayBudgets = { network: "tokenNetwork", session: "token" };
const ADMIN: EverydayBudgets = { network: "admin" };
const OTHER: EverydayBudgets = { network: "requests" };

/** The budgets any request is charged to: that of its network, and for some that of its session. */
export function everydayBudgets(path: string): EverydayBudgets {
  if (HOT_PATHS.has(path)) return HOT;
  return path.startsWith("/admin") ? ADMIN : OTHER;
}
