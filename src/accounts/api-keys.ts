/**
 * Keys of programs: `kt_`, 43 random characters, and a checksum, so that a scanner knows one when it sees one and a typo
 * costs no look-up. Better Auth keeps them, hashed. What a key is good for is `sessions/api-key.ts`'s matter: a JWT.
 */
import { randomBytes } from "node:crypto";
import { apiKey } from "@better-auth/api-key";
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { isPermission, PERMISSION_EXPECTED } from "../access/permission.ts";
import { API_KEY_PREFIX, checksumOf } from "../sessions/api-key.ts";

const MINUTE = 60_000;
const SCOPED: ReadonlySet<string> = new Set(["/api-key/create", "/api-key/update"]);
/** Characters of a key that are shown to recognise it by. */
const SHOWN = 8;

export const apiKeys = (): BetterAuthPlugin[] => [
  {
    id: "scoped-api-keys",
    hooks: { before: [{ matcher: ({ path }) => SCOPED.has(path ?? ""), handler: scope }] },
  },
  apiKey({
    defaultPrefix: API_KEY_PREFIX,
    customKeyGenerator: () => {
      const random = randomBytes(32).toString("base64url");
      return `${API_KEY_PREFIX}${random}${checksumOf(random)}`;
    },
    enableMetadata: true,
    requireName: true,
    startingCharactersConfig: { shouldStore: true, charactersLength: API_KEY_PREFIX.length + SHOWN },
    keyExpiration: { defaultExpiresIn: null, minExpiresIn: 1, maxExpiresIn: 3650 },
    rateLimit: { enabled: true, timeWindow: MINUTE, maxRequests: 600 },
  }),
];

/**
 * `permissions` of a new key as Better Auth's client sends them, `{ tasks: ["read"] }`, kept where the plugin lets people
 * write. A key can only do less than its owner, so there is nothing to protect it from.
 */
const scope = createAuthMiddleware(async (context) => {
  const body: { permissions?: unknown; metadata?: unknown } = Object(context.body);
  const { permissions, metadata } = body;
  if (metadata !== undefined) throw refusal("metadata", "nothing: permissions are all there is to say");
  if (permissions === undefined) return;
  const list = listOf(permissions);
  if (list.length > MOST || !list.every(isPermission)) {
    throw refusal("permissions", `at most ${MOST}, each with its verb ${PERMISSION_EXPECTED}`);
  }
  // What a hook gives back is laid over the body, which takes nothing away from it.
  delete body.permissions;
  body.metadata = { permissions: list };
});

const MOST = 50;

/** Its form has been checked by then. */
const listOf = (permissions: unknown): string[] =>
  Object.entries(Object(permissions)).flatMap(([of, verbs]) =>
    Array.isArray(verbs) ? verbs.map((verb) => `${of}:${verb}`) : [],
  );

const refusal = (field: string, expected: string): APIError =>
  new APIError("UNPROCESSABLE_ENTITY", {
    code: "VALIDATION_ERROR",
    message: `[body.${field}] Expected ${expected}`,
  });
