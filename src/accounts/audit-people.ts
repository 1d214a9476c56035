/**
 * Who did what Better Auth was asked for, and to whom or what: from what its endpoints leave behind, which is not the same
 * for any two of them. What is on record about it is `audit-hooks.ts`'s business.
 */
import { getSessionFromCtx } from "better-auth/api";
import { eq } from "drizzle-orm";
import { type AccountAction, ANONYMOUS } from "../audit/audit.ts";
import type { Database } from "../db/database.ts";
import { user } from "../db/schema/accounts.ts";

/** A hook's, after its endpoint. */
export type EndpointContext = Parameters<typeof getSessionFromCtx>[0];

/** What strangers do as well: the session they happen to have is not what it is about. */
const BY_STRANGERS: ReadonlySet<AccountAction> = new Set([
  "account.signed_up",
  "account.signed_in",
  "account.reset_requested",
  "account.password_reset",
  "account.email_verified",
  "account.second_factor_passed",
]);

export interface Parties {
  readonly actor: string;
  readonly target: string;
}

/** What is told while a request is under way, by a session that ends or a password that is reset. */
export interface Overheard {
  readonly actor?: string | undefined;
  readonly target: string;
}

/** `returned`: the answer of the endpoint. */
export async function partiesOf(
  db: Database,
  action: AccountAction,
  context: EndpointContext,
  { returned, overheard }: { returned: unknown; overheard: Overheard | undefined },
): Promise<Parties> {
  const { session, newSession } = context.context;
  const isByStranger = BY_STRANGERS.has(action);
  const own = session ?? (isByStranger ? newSession : await sessionBehind(context));
  const person =
    newSession?.user.id ?? own?.user.id ?? overheard?.target ?? (await named(db, action, context));
  const about = action.startsWith("organization.")
    ? organizationIn(context.body, returned, own?.session)
    : undefined;
  const acting = textIn(own?.session, "impersonatedBy") ?? own?.user.id;
  return {
    actor: acting ?? (isByStranger ? undefined : overheard?.actor) ?? ANONYMOUS,
    target: about ?? person ?? ANONYMOUS,
  };
}

/** Some endpoints keep the session they have found to themselves; and some end it. */
const sessionBehind = (context: EndpointContext) => getSessionFromCtx(context, { disableRefresh: true });

/** The one that was asked about, or that came of it; else the active one. */
const organizationIn = (body: unknown, returned: unknown, session: unknown): string | undefined =>
  textIn(body, "organizationId") ??
  textIn(returned, "organizationId") ??
  textIn(returned, "invitation", "organizationId") ??
  (textIn(returned, "slug") && textIn(returned, "id")) ??
  textIn(session, "activeOrganizationId");

function textIn(value: unknown, ...path: string[]): string | undefined {
  const found = path.reduce((within: unknown, name) => Object(within)[name], value);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** Whom a stranger has named, if there is such a person: the trail knows, the stranger does not learn it. */
async function named(
  db: Database,
  action: AccountAction,
  context: EndpointContext,
): Promise<string | undefined> {
  if (action === "account.second_factor_passed") return challenged(context);
  const email = nameIn(context.body, "email");
  const username = nameIn(context.body, "username");
  const [found] =
    email !== undefined
      ? await db.select({ id: user.id }).from(user).where(eq(user.email, email))
      : username !== undefined
        ? await db.select({ id: user.id }).from(user).where(eq(user.username, username))
        : [];
  return found?.id;
}

/** A NUL is in nobody's name, and in no query. */
function nameIn(body: unknown, member: string): string | undefined {
  const name = textIn(body, member)?.toLowerCase();
  return name?.includes("\0") ? undefined : name;
}

/** Whose second factor is asked for: they have passed the first. */
async function challenged({ context, getSignedCookie }: EndpointContext): Promise<string | undefined> {
  const challenge = await getSignedCookie(context.createAuthCookie("two_factor").name, context.secret);
  return challenge ? (await context.internalAdapter.findVerificationValue(challenge))?.value : undefined;
}
