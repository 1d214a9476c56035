/**
 * `/api/auth/session-code`: how a front end that keeps a bearer token gets it after a sign-in that ended in a redirect. The
 * browser passes here with its cookie on the way back (GET), and the front end redeems the code it brings (POST).
 */
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { CredentialReader } from "../sessions/credential.ts";
import type { SessionCodes } from "../sessions/session-code.ts";
import type { FindSession } from "../sessions/session-store.ts";
import type { ValueSigner } from "../sessions/signed-value.ts";
import { readBody } from "./body.ts";
import { type AppContext, requestHeader } from "./context.ts";
import { trustedTarget } from "./redirect-target.ts";

export interface SessionCodeParts {
  readonly sessionCodes: SessionCodes;
  readonly readCredential: CredentialReader;
  readonly findSession: FindSession;
  readonly signer: ValueSigner;
  readonly trustedOrigins: readonly string[];
}

// RFC 7636 §4.1 and §4.2.
const CHALLENGE = /^[\w-]{43}$/;
const redemption = z.strictObject({
  code: z.string().min(1).max(200),
  code_verifier: z.string().regex(/^[\w.~-]{43,128}$/, "expected 43 to 128 characters, as in RFC 7636"),
});
const REDEMPTION = `{"code": …, "code_verifier": …}`;

/** Goes on to `callbackURL` with `code`, or with the `error` of the sign-in before it. */
export function createSessionCodeRedirect(parts: SessionCodeParts): (c: AppContext) => Promise<Response> {
  const { sessionCodes, readCredential, findSession, trustedOrigins } = parts;
  return async (c) => {
    const target = trustedTarget(c.req.query("callbackURL"), trustedOrigins);
    const challenge = c.req.query("code_challenge") ?? "";
    if (target === undefined || !CHALLENGE.test(challenge)) {
      throw new AppError(
        "malformed_request",
        "Expected callbackURL, of a trusted origin, and code_challenge: base64url of the SHA-256 of your code_verifier.",
      );
    }
    for (const name of ["error", "error_description"]) {
      const said = c.req.query(name);
      if (said !== undefined) target.searchParams.set(name, said);
    }
    if (!target.searchParams.has("error")) {
      // By the cookie alone: a browser that was redirected has nothing else.
      const credential = readCredential({ authorization: undefined, cookie: requestHeader(c, "cookie") });
      const session = credential && (await findSession(credential.sessionToken));
      if (session === undefined) target.searchParams.set("error", "unauthenticated");
      else target.searchParams.set("code", await sessionCodes.issue(session.id, challenge));
    }
    c.header("Cache-Control", "no-store");
    return c.redirect(target.href, 303);
  };
}

export function createSessionCodeRedemption(parts: SessionCodeParts): (c: AppContext) => Promise<Response> {
  const { sessionCodes, signer } = parts;
  return async (c) => {
    const { code, code_verifier: verifier } = await readBody(c, redemption, REDEMPTION);
    const sessionToken = await sessionCodes.redeem(code, verifier);
    if (sessionToken === undefined) {
      throw new AppError(
        "unauthenticated",
        "Expected a code of the last minute that nobody has used, and the verifier of its challenge. Sign in again.",
      );
    }
    const token = signer.sign(sessionToken);
    c.header("Cache-Control", "no-store");
    c.header("set-auth-token", token);
    return c.json({ token });
  };
}
