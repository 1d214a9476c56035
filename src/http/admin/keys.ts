/** `/admin/keys`: what an operator sees of the keys, and the turn of the key. The lifecycle itself is `keys/`'s. */
import { Hono } from "hono";
import { z } from "zod";
import type { ListedKey } from "../../keys/listing.ts";
import { MAX_REASON_LENGTH, parseReason } from "../../keys/revocation.ts";
import type { KeyRing } from "../../keys/ring.ts";
import { ALGORITHMS, type Algorithm } from "../../settings.ts";
import { invalidBody, readBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { describeKeys, describeRevocation, describeRotation } from "./key-view.ts";
import type { RequirePermission } from "./permission.ts";

export interface AdminKeysParts {
  readonly requirePermission: RequirePermission;
  readonly algorithms: readonly Algorithm[];
  /** How long a verifier may go on with the JWKS it has, in milliseconds. */
  readonly verifierPatience: number;
  listKeys(): Promise<ListedKey[]>;
  readonly ring: Pick<KeyRing, "now" | "rotate" | "revoke">;
}

const rotateBody = z.strictObject({
  alg: z.enum(ALGORITHMS).optional(),
  emergency: z.boolean().default(false),
});
const ROTATE_BODY = `{"alg"?: …, "emergency"?: true|false}`;

const revokeBody = z.strictObject({
  reason: z.string().transform((text, context) => {
    const reason = parseReason(text);
    if (reason !== undefined) return reason;
    context.addIssue(
      `expected one line of 1 to ${MAX_REASON_LENGTH} characters, for whoever looks at this later`,
    );
    return z.NEVER;
  }),
});
const REVOKE_BODY = `{"reason": …}`;

export function createAdminKeys(parts: AdminKeysParts): Hono<AppEnv> {
  const { requirePermission, algorithms, ring } = parts;
  const app = new Hono<AppEnv>();

  app.get("/", async (c) => {
    await requirePermission(c, "keys:read");
    const keys = await parts.listKeys();
    return c.json({ now: new Date(ring.now()).toISOString(), keys: describeKeys(keys) });
  });

  app.post("/rotate", async (c) => {
    const requestedAt = ring.now();
    const actor = await requirePermission(c, "keys:rotate");
    const { alg, emergency } = await readBody(c, rotateBody, ROTATE_BODY);
    if (alg !== undefined && !algorithms.includes(alg)) {
      const detail = `expected one of KEY_ALGORITHMS: ${algorithms.join(", ")}`;
      throw invalidBody(ROTATE_BODY, [{ field: "alg", detail }]);
    }
    const rotations = await ring.rotate(actor, { alg, emergency, requestedAt });
    const isDone = rotations.every(({ done }) => done);
    return c.json({ rotations: rotations.map(describeRotation) }, isDone ? 200 : 202);
  });

  app.post("/:kid/revoke", async (c) => {
    const actor = await requirePermission(c, "keys:revoke");
    const { reason } = await readBody(c, revokeBody, REVOKE_BODY);
    const revocation = await ring.revoke(actor, { kid: c.req.param("kid"), reason });
    return c.json(describeRevocation(revocation, parts.verifierPatience));
  });

  return app;
}
