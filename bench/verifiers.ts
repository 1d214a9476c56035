/** All verifier libraries. Each is imported when asked for, so that a process loads only the one it is about. */
import type { VerifierLibrary } from "./verifiers/verifier.ts";

/** To add one: its file in `verifiers/`, and its line here. */
export const VERIFIERS: Readonly<Record<string, () => Promise<VerifierLibrary>>> = {
  keyturn: async () => (await import("./verifiers/keyturn.ts")).library,
  jose: async () => (await import("./verifiers/jose.ts")).library,
  "aws-jwt-verify": async () => (await import("./verifiers/aws-jwt-verify.ts")).library,
  "jwks-rsa": async () => (await import("./verifiers/jwks-rsa.ts")).library,
  "get-jwks": async () => (await import("./verifiers/get-jwks.ts")).library,
  hono: async () => (await import("./verifiers/hono.ts")).library,
};
