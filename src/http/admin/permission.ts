/**
 * The door of `/admin`: 401 without a session, 403 with too little, both saying what was missing; and how far somebody's
 * power over others goes. A refusal for a missing permission is on record.
 */
import type { AccessBook } from "../../access/book.ts";
import { permissionsOf } from "../../access/model.ts";
import { permits } from "../../access/permission.ts";
import { type Permission, rolesOf } from "../../access/roles.ts";
import { assertSecondFactor } from "../../access/second-factor.ts";
import type { Actor, AuditEvent, Outcome } from "../../audit/audit.ts";
import { AppError } from "../../errors.ts";
import type { Authenticate } from "../../sessions/authenticate.ts";
import { type AppContext, credentialHeaders, requestHeader } from "../context.ts";

/** Somebody who may do what was asked. */
export interface Administrator extends Actor {
  /**
   * Nobody gives what they do not have, nor does anything to those who may do more than they: otherwise whoever may set
   * passwords could become anybody. Who may say what roles allow has all of it anyway. Throws `forbidden`.
   */
  assertWithin(roles: readonly string[]): void;
}

export type RequirePermission = (c: AppContext, permission: Permission) => Promise<Administrator>;

export interface PermissionParts {
  readonly authenticate: Authenticate;
  readonly book: Pick<AccessBook, "model">;
  addressOf(c: AppContext): string;
  /** Writes to the audit trail, and never fails. */
  note(actor: Actor, event: AuditEvent, outcome: Outcome): void;
}

const CAN_DEFINE: Permission = "roles:write";

export function createRequirePermission({
  authenticate,
  book,
  addressOf,
  note,
}: PermissionParts): RequirePermission {
  return async (c, permission) => {
    const { session } = await authenticate(credentialHeaders(c));
    const actor: Actor = {
      id: session.user.id,
      requestId: c.get("requestId"),
      ipAddress: addressOf(c),
      userAgent: requestHeader(c, "user-agent"),
    };
    const refusal = (missing: string, detail: string): AppError => {
      note(
        actor,
        { action: "request.forbidden", target: c.req.path, detail: { permission: missing } },
        "refused",
      );
      return new AppError("forbidden", detail);
    };
    // Whoever looks through somebody else's eyes does not administer through them.
    if (session.impersonatedBy !== null) {
      throw refusal(permission, "Expected a session of your own: this one is an impersonation.");
    }
    const permissions = permissionsOf(book.model(), rolesOf(session.user.role));
    if (!permits(permissions, permission)) {
      throw refusal(permission, `Expected the permission ${permission}; an administrator can give it.`);
    }
    assertSecondFactor(book, session.user);
    return {
      ...actor,
      assertWithin(roles) {
        if (permits(permissions, CAN_DEFINE)) return;
        const missing = permissionsOf(book.model(), roles).find((each) => !permits(permissions, each));
        if (missing === undefined) return;
        throw refusal(
          missing,
          `Expected somebody who may do no more than you: ${roles.join(", ")} allows ${missing}, which you may not.`,
        );
      },
    };
  };
}
