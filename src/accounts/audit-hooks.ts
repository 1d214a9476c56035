/**
 * What people do to their accounts, on record: Better Auth's endpoints by path, with what became of it. An endpoint that is
 * not in the table changes nothing worth keeping.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import { type AccountAction, type Outcome, record } from "../audit/audit.ts";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import { type Overheard, partiesOf } from "./audit-people.ts";
import { CLIENT_IP_HEADER, REQUEST_ID_HEADER } from "./engine-headers.ts";

const ACTIONS: Readonly<Record<string, AccountAction>> = {
  "/sign-up/email": "account.signed_up",
  "/sign-in/email": "account.signed_in",
  "/sign-in/username": "account.signed_in",
  "/sign-in/email-otp": "account.signed_in",
  "/sign-in/social": "account.signed_in",
  "/magic-link/verify": "account.signed_in",
  "/callback/:id": "account.signed_in",
  "/passkey/verify-authentication": "account.signed_in",
  "/sign-out": "account.signed_out",
  "/request-password-reset": "account.reset_requested",
  "/reset-password": "account.password_reset",
  "/change-password": "account.password_changed",
  "/set-password": "account.password_changed",
  "/verify-password": "account.password_checked",
  "/verify-email": "account.email_verified",
  "/email-otp/verify-email": "account.email_verified",
  "/change-email": "account.email_changed",
  "/update-user": "account.updated",
  "/delete-user": "account.deleted",
  "/delete-user/callback": "account.deleted",
  "/two-factor/verify-totp": "account.second_factor_passed",
  "/two-factor/verify-otp": "account.second_factor_passed",
  "/two-factor/verify-backup-code": "account.second_factor_passed",
  "/two-factor/enable": "account.second_factor_enabled",
  "/two-factor/get-totp-uri": "account.second_factor_shown",
  "/two-factor/disable": "account.second_factor_disabled",
  "/two-factor/generate-backup-codes": "account.backup_codes_made",
  "/passkey/verify-registration": "account.passkey_added",
  "/passkey/delete-passkey": "account.passkey_removed",
  "/link-social": "account.linked",
  "/unlink-account": "account.unlinked",
  "/revoke-session": "account.session_ended",
  "/multi-session/revoke": "account.session_ended",
  "/revoke-sessions": "account.sessions_ended",
  "/revoke-other-sessions": "account.sessions_ended",
  "/api-key/create": "account.api_key_created",
  "/api-key/update": "account.api_key_updated",
  "/api-key/delete": "account.api_key_deleted",
  "/organization/create": "organization.created",
  "/organization/update": "organization.updated",
  "/organization/delete": "organization.removed",
  "/organization/invite-member": "organization.invited",
  "/organization/accept-invitation": "organization.invitation_accepted",
  "/organization/reject-invitation": "organization.invitation_refused",
  "/organization/cancel-invitation": "organization.invitation_withdrawn",
  "/organization/remove-member": "organization.member_removed",
  "/organization/update-member-role": "organization.member_role_changed",
  "/organization/leave": "organization.left",
  "/organization/set-active": "organization.activated",
  "/organization/create-team": "organization.team_changed",
  "/organization/update-team": "organization.team_changed",
  "/organization/remove-team": "organization.team_changed",
  "/organization/add-team-member": "organization.team_changed",
  "/organization/remove-team-member": "organization.team_changed",
};

export interface AuditHooks {
  /** It must come last: what became of a sign-in is what the others have left of it. */
  readonly plugin: BetterAuthPlugin;
  /** Whom a request is about, where its endpoint does not say so in the end. */
  overhear(request: Request | undefined, heard: Overheard): void;
}

/** `challengePage`: where a browser is sent that has yet to prove itself by a second factor. */
export function auditHooks(db: Database, logger: Logger, challengePage: string): AuditHooks {
  const overheard = new WeakMap<Request, Overheard>();
  const overhear: AuditHooks["overhear"] = (request, heard) => {
    if (request !== undefined) overheard.set(request, heard);
  };
  const overhearEnd = async (
    { userId, impersonatedBy }: { userId: string; impersonatedBy?: string | null },
    context: { request?: Request | undefined } | null,
  ) => overhear(context?.request, { actor: impersonatedBy ?? userId, target: userId });

  const tell = createAuthMiddleware(async (context) => {
    const { path, context: engine, headers, request } = context;
    const action = ACTIONS[path];
    if (action === undefined) return;
    try {
      const { outcome, code } = outcomeOf(engine.returned, challengePage);
      const { actor, target } = await partiesOf(db, action, context, {
        returned: engine.returned,
        overheard: request && overheard.get(request),
      });
      const from = {
        id: actor,
        ipAddress: headers?.get(CLIENT_IP_HEADER) ?? undefined,
        userAgent: headers?.get("user-agent") ?? undefined,
        requestId: headers?.get(REQUEST_ID_HEADER) ?? undefined,
      };
      const detail = code === undefined ? { path } : { path, code };
      await record(db, from, [{ action, target, detail }], outcome);
    } catch (error) {
      logger.error({ err: error, action }, "an audit event was not written");
    }
  });

  const plugin: BetterAuthPlugin = {
    id: "audit",
    init: () => ({
      options: {
        databaseHooks: {
          session: { delete: { before: overhearEnd } },
        },
      },
    }),
    hooks: { after: [{ matcher: ({ path }) => Object.hasOwn(ACTIONS, path ?? ""), handler: tell }] },
  };
  return { plugin, overhear };
}

/** A redirect is how a link succeeds; unless it says that it did not. */
function outcomeOf(returned: unknown, challengePage: string): { outcome: Outcome; code?: string } {
  if (isChallenge(returned)) return ASKED;
  if (!isAPIError(returned)) return { outcome: "success" };
  if (returned.statusCode < 400) {
    const location = new Headers(returned.headers).get("location") ?? "";
    if (location?.startsWith(challengePage)) return ASKED;
    return /[?&]error=/.test(location)
      ? { outcome: "failed", code: "REDIRECTED_WITH_ERROR" }
      : { outcome: "success" };
  }
  const code = typeof returned.body?.code === "string" ? returned.body.code : String(returned.statusCode);
  return { outcome: returned.statusCode === 403 ? "refused" : "failed", code };
}

const ASKED = { outcome: "success", code: "SECOND_FACTOR_ASKED" } as const;

const isChallenge = (returned: unknown): boolean =>
  typeof returned === "object" && returned !== null && "twoFactorRedirect" in returned;
