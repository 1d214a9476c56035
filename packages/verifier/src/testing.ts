/// <reference lib="esnext.disposable" preserve="true" />
// Owns the issuer people test their APIs against: tokens and a JWK Set like Keyturn's, over real HTTP, and the days on
// which things go wrong. Checks nothing; that is the verifier's job.
import { randomUUID } from "node:crypto";
import { startTestEndpoint } from "./testing-endpoint.ts";
import type { TestAlgorithm } from "./testing-key.ts";
import { createTestRing } from "./testing-ring.ts";

export type { TestAlgorithm } from "./testing-key.ts";

/**
 * How to make a test issuer.
 *
 * @example
 * const options: TestIssuerOptions = { audience: "https://api.example.com", maxAge: 1 };
 */
export interface TestIssuerOptions {
  /**
   * `iss` of its tokens. With a name of your own, give the verifier the `jwksUri` too.
   * @defaultValue where it listens: `http://127.0.0.1:<port>`
   */
  readonly issuer?: string;
  /**
   * `aud` of its tokens.
   * @defaultValue the issuer, as in Keyturn
   */
  readonly audience?: string;
  /** @defaultValue `"EdDSA"` */
  readonly algorithm?: TestAlgorithm;
  /**
   * For how many seconds a verifier may keep the set (`Cache-Control: max-age`). Make it 1 to see a key go without
   * waiting for minutes.
   * @defaultValue 300
   */
  readonly maxAge?: number;
}

/**
 * Members of a header or of a token's claims; `undefined` leaves one out.
 *
 * @example
 * const claims: TestMembers = { roles: ["admin"], sid: undefined };
 */
export type TestMembers = Readonly<Record<string, unknown>>;

/**
 * An issuer on loopback that does as it is told.
 *
 * @example
 * const signIn = (issuer: TestIssuer, sub: string) => ({ authorization: `Bearer ${issuer.issue({ sub })}` });
 */
export interface TestIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** Of the key that signs now. */
  readonly kid: string;
  /** How often the set has been asked for, in vain included. */
  readonly fetches: number;
  /**
   * A token as from Keyturn's `/api/auth/token`, good for five minutes: `iss sub aud iat exp jti sid email
   * email_verified name roles permissions`. What you pass goes over it, in the claims and in the header.
   *
   * @example
   * issuer.issue({ sub: "user_2", roles: ["admin"], permissions: ["tasks:*"] });
   * issuer.issue({ client_id: "importer", scope: "tasks", sid: undefined }, { typ: "at+jwt" });
   *
   * @example
   * // What your API must refuse:
   * issuer.issue({ exp: 1 }); // expired
   * issuer.issue({ aud: "https://other.example.com" });
   * issuer.issue({}, { typ: "logout+jwt" });
   * issuer.issue({}, { kid: "unknown" });
   */
  issue(claims?: TestMembers, header?: TestMembers): string;
  /**
   * From now on the standby signs, which has been in the set all along, and a new standby is announced. Tokens of the
   * key before stay good. Returns the `kid` that signs now.
   *
   * @example
   * const before = issuer.issue();
   * issuer.rotate();
   * await Promise.all([verifier.verify(before), verifier.verify(issuer.issue())]);
   */
  rotate(): string;
  /**
   * Takes a key out of the set. If it is the one that signs, the standby takes its place. A verifier learns of it with
   * the next set it fetches: after `maxAge`, or at a `kid` it does not know.
   *
   * @example
   * await using issuer = await createTestIssuer({ maxAge: 1 });
   * const token = issuer.issue();
   * issuer.revoke(issuer.kid);
   * await setTimeout(1000);
   * await verifier.verify(token); // rejects with key_unknown
   */
  revoke(kid: string): void;
  /**
   * Answers 503 instead of the set, for so many milliseconds or until `restore()`.
   *
   * @example
   * issuer.outage();
   * expect((await api.request("/tasks", { headers })).status).toBe(503); // no keys yet: not the caller's fault
   * issuer.restore();
   */
  outage(milliseconds?: number): void;
  /**
   * Ends an outage.
   *
   * @example
   * issuer.restore();
   */
  restore(): void;
  /**
   * Stops listening. One that is not closed does not keep the process alive.
   *
   * @example
   * afterAll(() => issuer.close());
   */
  close(): Promise<void>;
}

const LIFETIME = 300;

/**
 * Starts an issuer to test an API against: real HTTP and real signatures, but no server to run.
 *
 * @example
 * import { createVerifier } from "@keyturn/verifier";
 * import { createTestIssuer } from "@keyturn/verifier/testing";
 *
 * await using keyturn = await createTestIssuer();
 * const { issuer, audience } = keyturn;
 * const verifier = createVerifier({ issuer, audience });
 * await verifier.verify(keyturn.issue({ roles: ["admin"] }));
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { algorithm = "EdDSA", maxAge = 300 } = options;
  const ring = createTestRing(algorithm);
  const endpoint = await startTestEndpoint(ring.document, maxAge);
  const { issuer = endpoint.url, audience = issuer } = options;

  return {
    issuer,
    audience,
    jwksUri: endpoint.jwksUri,
    get kid() {
      return ring.signing().kid;
    },
    get fetches() {
      return endpoint.fetches();
    },
    issue: (claims, header = {}) =>
      ring.signing().sign(header, { ...sessionClaims(issuer, audience), ...claims }),
    rotate() {
      ring.rotate();
      return ring.signing().kid;
    },
    revoke: ring.revoke,
    outage: (milliseconds = Number.POSITIVE_INFINITY) => endpoint.failUntil(Date.now() + milliseconds),
    restore: () => endpoint.failUntil(0),
    close: endpoint.close,
    [Symbol.asyncDispose]: endpoint.close,
  };
}

/** Those of a Keyturn session token, in its order. */
function sessionClaims(issuer: string, audience: string): object {
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: "user_1",
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + LIFETIME,
    jti: randomUUID(),
    sid: "session_1",
    email: "user@example.com",
    email_verified: true,
    name: "Test User",
    roles: ["user"],
    permissions: [],
  };
}
