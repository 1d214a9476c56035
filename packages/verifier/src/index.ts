// The package's public face, and its only barrel.
export type { Algorithm } from "./algorithms.ts";
export type { Auth, Claims } from "./auth.ts";
export { VerifierError, type VerifierErrorCode, type VerifierErrorDetails } from "./errors.ts";
export {
  assertPermissions,
  assertRoles,
  assertScopes,
  assertUser,
  type Names,
  type Refusal,
  readBearer,
  requireAuth,
  toRefusal,
} from "./guards.ts";
export type { FetchEvent, VerifierOptions } from "./options.ts";
export { permits } from "./permissions.ts";
export type { KeySnapshot, StoredKeys } from "./snapshot.ts";
export { createVerifier, type Verifier } from "./verifier.ts";
