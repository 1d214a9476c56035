/** Issues the session JWT: decides audience and lifetime, has the ring sign. Never reads the database. */
import { randomUUID } from "node:crypto";
import { AppError } from "../errors.ts";
import { sessionClaims, type TokenSubject } from "./claims.ts";

/** The most a header of common proxies carries beside everything else. */
const MAX_TOKEN_BYTES = 4096;

export interface TokenSigner {
  sign(claims: object, options: { typ: string }): string;
  /** Milliseconds on the database's clock. */
  now(): number;
}

export interface TokenPolicy {
  readonly issuer: string;
  /** `aud` when no resource is asked for. */
  readonly audience: string;
  /** Milliseconds. */
  readonly ttl: number;
}

export type IssueSessionToken = (subject: TokenSubject, resource: string | undefined) => string;

/**
 * A token for `resource` (RFC 8707 §2), or for the default audience. Refuses a resource nobody registered (400),
 * and a token over 4 KB (422).
 */
export function createIssueSessionToken(signer: TokenSigner, policy: TokenPolicy): IssueSessionToken {
  return (subject, resource) => {
    if (resource !== undefined && resource !== policy.audience) {
      throw new AppError(
        "unknown_resource",
        "Expected `resource` to be a registered API, or to be left out.",
        {
          fields: [{ field: "resource", detail: "no API is registered under this name" }],
        },
      );
    }
    const issuedAt = Math.floor(signer.now() / 1000);
    const claims = sessionClaims({
      ...subject,
      issuer: policy.issuer,
      audience: policy.audience,
      issuedAt,
      expiresAt: issuedAt + Math.floor(policy.ttl / 1000),
      tokenId: randomUUID(),
    });
    const token = signer.sign(claims, { typ: "JWT" });
    if (token.length <= MAX_TOKEN_BYTES) return token;
    throw new AppError(
      "token_too_large",
      `The token would have ${token.length} bytes, at most ${MAX_TOKEN_BYTES} fit into a header everywhere. Shorten the name, or give the user fewer roles.`,
    );
  };
}
