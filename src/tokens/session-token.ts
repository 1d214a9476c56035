/**
 * Issues the session JWT: decides audience, lifetime and what of a person's permissions it carries, asks for custom
 * claims, has the ring sign. Never reads the database.
 */
import { randomUUID } from "node:crypto";
import { AppError } from "../errors.ts";
import type { ClaimsHook, CustomClaims } from "../project.ts";
import type { Algorithm } from "../settings.ts";
import { RESERVED_CLAIM_NAMES, sessionClaims, type TokenSubject } from "./claims.ts";

/** The most a header of common proxies carries beside everything else. */
const MAX_TOKEN_BYTES = 4096;

export interface TokenSigner {
  sign(claims: object, options: { typ: string; alg?: Algorithm }): string;
  /** Milliseconds on the database's clock. */
  now(): number;
}

/** What a token for an audience is like. */
interface AudienceRules {
  /** Of those a person has. */
  permissionsOf(held: readonly string[]): readonly string[];
  /** Milliseconds. */
  readonly ttl: number;
  readonly algorithm: Algorithm | undefined;
}

export interface TokenPolicy {
  readonly issuer: string;
  /** `aud` when no resource is asked for. */
  readonly audience: string;
  /** Undefined for an audience nobody has registered. */
  rulesFor(audience: string): AudienceRules | undefined;
  readonly customClaims: ClaimsHook | undefined;
  /** Told of a hook that failed; the person and the audience. */
  onClaimsFailed(userId: string, audience: string): void;
}

/** What a token would say, and the token itself. */
interface IssuedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly token: string;
}

export type IssueSessionToken = (
  subject: TokenSubject,
  resource: string | undefined,
) => IssuedToken | Promise<IssuedToken>;

/**
 * A token for `resource` (RFC 8707 §2), or for the default audience. Refuses a resource nobody registered (400),
 * and a token over 4 KB (422).
 */
export function createIssueSessionToken(signer: TokenSigner, policy: TokenPolicy): IssueSessionToken {
  const { issuer, customClaims } = policy;

  function issue(subject: TokenSubject, audience: string, rules: AudienceRules, custom: CustomClaims) {
    const issuedAt = Math.floor(signer.now() / 1000);
    const claims = {
      ...sessionClaims({
        ...subject,
        permissions: rules.permissionsOf(subject.permissions),
        issuer,
        audience,
        issuedAt,
        expiresAt: issuedAt + Math.floor(rules.ttl / 1000),
        tokenId: randomUUID(),
      }),
      ...custom,
    };
    const alg = rules.algorithm;
    const token = signer.sign(claims, { typ: "JWT", ...(alg !== undefined && { alg }) });
    if (token.length <= MAX_TOKEN_BYTES) return { claims, token };
    throw new AppError(
      "token_too_large",
      `The token would have ${token.length} bytes, at most ${MAX_TOKEN_BYTES} fit into a header everywhere. Shorten the name, give the user fewer roles or the API fewer permissions.`,
    );
  }

  async function issueWithCustomClaims(
    subject: TokenSubject,
    audience: string,
    rules: AudienceRules,
    hook: ClaimsHook,
  ): Promise<IssuedToken> {
    const { user, session, organization, roles } = subject;
    let custom: CustomClaims;
    try {
      custom = assertCustomClaims(
        await hook({
          user: { ...user, roles },
          session: session && { id: session.id },
          organization,
          audience,
        }),
      );
    } catch (error) {
      policy.onClaimsFailed(user.id, audience);
      throw error;
    }
    return issue(subject, audience, rules, custom);
  }

  return (subject, resource) => {
    const audience = resource ?? policy.audience;
    const rules = policy.rulesFor(audience);
    if (rules === undefined) {
      throw new AppError(
        "unknown_resource",
        "Expected `resource` to be a registered API, or to be left out.",
        { fields: [{ field: "resource", detail: "no API is registered under this name" }] },
      );
    }
    return customClaims === undefined
      ? issue(subject, audience, rules, {})
      : issueWithCustomClaims(subject, audience, rules, customClaims);
  };
}

/** As they will be in the token. A mistake of the hook is a bug: an `Error`, not a refusal. */
function assertCustomClaims(made: CustomClaims): CustomClaims {
  const claims = asJson(made);
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw new TypeError("claims in keyturn.config.ts: expected an object");
  }
  const reserved = Object.keys(claims).filter((name) => RESERVED_CLAIM_NAMES.has(name));
  if (reserved.length === 0) return { ...claims };
  throw new TypeError(
    `claims in keyturn.config.ts: ${reserved.join(", ")} cannot be set, they are registered`,
  );
}

/** Throws for what JSON has no word for, here rather than where the whole token is written; `toJSON` has had its say. */
function asJson(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}
