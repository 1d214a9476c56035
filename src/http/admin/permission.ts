/** The door of `/admin`: 401 without a session, 403 with too little, both saying what was missing. */
import { type Permission, permissionsOf, rolesOf } from "../../access/roles.ts";
import type { Actor } from "../../audit/audit.ts";
import { AppError } from "../../errors.ts";
import type { Authenticate } from "../../sessions/authenticate.ts";
import { type AppContext, credentialHeaders } from "../context.ts";

export type RequirePermission = (c: AppContext, permission: Permission) => Promise<Actor>;

export function createRequirePermission(authenticate: Authenticate): RequirePermission {
  return async (c, permission) => {
    const { session } = await authenticate(credentialHeaders(c));
    if (!permissionsOf(rolesOf(session.user.role)).includes(permission)) {
      throw new AppError("forbidden", `Expected the permission ${permission}; an administrator can give it.`);
    }
    return { id: session.user.id, requestId: c.get("requestId") };
  };
}
