/**
 * A one-time code for the session of a browser, to be given where its cookie does not reach: a front end on another site,
 * an app. Bound to whoever began the sign-in by a challenge (PKCE, RFC 7636 §4, S256), so that a code seen on its way is
 * worth nothing. How it travels is `http/session-code.ts`'s.
 */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import type { Database } from "../db/database.ts";
import { verification } from "../db/schema/accounts.ts";

/** A page redirects and asks at once. */
const LIFETIME_MS = 60_000;

export interface SessionCodes {
  /** `challenge`: base64url of the SHA-256 of the verifier. */
  issue(sessionId: string, challenge: string): Promise<string>;
  /** The session's token, not yet signed; undefined unless the code is good. It is used up either way. */
  redeem(code: string, verifier: string): Promise<string | undefined>;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

const identifierOf = (code: string): string => `session-code:${sha256(code)}`;

export function createSessionCodes(db: Database): SessionCodes {
  const { $client: sql } = db;
  return {
    async issue(session, challenge) {
      const code = randomBytes(32).toString("base64url");
      await db.insert(verification).values({
        id: randomUUID(),
        identifier: identifierOf(code),
        value: JSON.stringify({ session, challenge }),
        expiresAt: new Date(Date.now() + LIFETIME_MS),
      });
      return code;
    },
    async redeem(code, verifier) {
      const [row] = await sql<{ token: string; challenge: string }[]>`
        with used as (
          delete from verification where identifier = ${identifierOf(code)} and expires_at > now()
          returning value::jsonb as value
        )
        select token, value ->> 'challenge' as challenge
        from used join session on session.id = value ->> 'session' join "user" on "user".id = user_id
        where session.expires_at > now() and (not banned or ban_expires <= now())`;
      const given = Buffer.from(sha256(verifier));
      const expected = Buffer.from(row?.challenge ?? "");
      return given.length === expected.length && timingSafeEqual(given, expected) ? row?.token : undefined;
    },
  };
}
