/** `/admin/keys`: what an operator sees of the keys, and the turn of the key. The lifecycle itself is `keys/`'s. */
import { Hono } from "hono";
import { z } from "zod";
import type { Actor } from "../../audit/audit.ts";
import { AppError } from "../../errors.ts";
import type { Key } from "../../keys/key.ts";
import type { Rotation } from "../../keys/lifecycle.ts";
import { ALGORITHMS, type Algorithm } from "../../settings.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { describeKey, describeRotation } from "./key-view.ts";
import type { RequirePermission } from "./permission.ts";

export interface AdminKeysParts {
  readonly requirePermission: RequirePermission;
  readonly algorithms: readonly Algorithm[];
  listKeys(): Promise<Key[]>;
  now(): number;
  rotate(actor: Actor, request: { alg?: Algorithm | undefined; emergency: boolean }): Promise<Rotation[]>;
}

const rotateBody = z.strictObject({
  alg: z.enum(ALGORITHMS).optional(),
  emergency: z.boolean().default(false),
});

export function createAdminKeys(parts: AdminKeysParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get("/", async (c) => {
    await parts.requirePermission(c, "keys:read");
    const keys = await parts.listKeys();
    c.header("Cache-Control", "no-store");
    return c.json({ now: new Date(parts.now()).toISOString(), keys: keys.map(describeKey) });
  });

  app.post("/rotate", async (c) => {
    const actor = await parts.requirePermission(c, "keys:rotate");
    const { alg, emergency } = await readBody(c);
    if (alg !== undefined && !parts.algorithms.includes(alg)) {
      throw invalid([
        { field: "alg", detail: `expected one of KEY_ALGORITHMS: ${parts.algorithms.join(", ")}` },
      ]);
    }
    const rotations = await parts.rotate(actor, { alg, emergency });
    c.header("Cache-Control", "no-store");
    return c.json(
      { rotations: rotations.map(describeRotation) },
      rotations.every(({ done }) => done) ? 200 : 202,
    );
  });

  return app;
}

/** No body at all means: rotate everything, safely. */
async function readBody(c: AppContext): Promise<z.infer<typeof rotateBody>> {
  const text = await c.req.text();
  const parsed = rotateBody.safeParse(text === "" ? {} : parseJson(text));
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map(({ path, message }) => ({ field: path.join(".") || "body", detail: message })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("malformed_request", "Expected the body to be JSON.");
  }
}

const invalid = (fields: { field: string; detail: string }[]): AppError =>
  new AppError("invalid_request", `Expected {"alg"?: …, "emergency"?: true|false}.`, { fields });
