/** Chapter: two people sign up and in, get a token each, and one of the tokens is laid open. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { z } from "zod";
import { Difference } from "./difference.ts";
import { ADMIN_EMAIL, type Setting, TOKEN_TTL_SECONDS } from "./setting.ts";

export interface Person {
  readonly name: string;
  /** The session token: for Keyturn only, never for an API. */
  readonly session: string;
  /** The first JWT of the session. */
  readonly token: string;
}

const signUpAnswer = z.object({ user: z.object({ id: z.string() }) });
const tokenAnswer = z.object({ token: z.string() });

export async function meetPeople(setting: Setting): Promise<{ ada: Person; ben: Person }> {
  setting.screen.step("Two people sign up and sign in", "Ada has ADMIN_EMAIL's address, so she administers.");
  const ada = await signUpAndIn(setting, "Ada", ADMIN_EMAIL);
  const ben = await signUpAndIn(setting, "Ben", "ben@example.com");
  return { ada, ben };
}

export async function tokenOf({ keyturn }: Setting, session: string, why: string): Promise<string> {
  const { body } = await keyturn("GET /api/auth/token", { bearer: session, status: 200, why });
  return tokenAnswer.parse(body).token;
}

async function signUpAndIn(setting: Setting, name: string, email: string): Promise<Person> {
  const { keyturn, ids } = setting;
  const password = `correct horse battery ${name}`;
  const signedUp = await keyturn("POST /api/auth/sign-up/email", {
    body: { name, email, password },
    status: 200,
    why: `${name} signs up`,
  });
  ids.set(name.toLowerCase(), signUpAnswer.parse(signedUp.body).user.id);
  const signedIn = await keyturn("POST /api/auth/sign-in/email", {
    body: { email, password },
    status: 200,
    why: `${name} signs in`,
  });
  const session = signedIn.headers.get("set-auth-token");
  if (session === null) throw new Difference("sign-in: expected the session token in set-auth-token");
  const token = await tokenOf(setting, session, `${name}'s session for a short-lived JWT`);
  return { name, session, token };
}

const MEANINGS: Readonly<Record<string, string>> = {
  iss: "who issued it",
  sub: "Ada's user id: the {user_id} of an API's paths",
  aud: "whom it is for; other APIs refuse it",
  exp: `lives ${TOKEN_TTL_SECONDS} s here, 5 min by default`,
  sid: "the session, for signing out",
  permissions: "what an API may let her do",
};

export function showToken({ screen }: Setting, { token }: Person): void {
  screen.step("Ada's token, decoded", "Three parts: header, claims, signature. Signed, not secret.");
  // Wrapped for the terminal: in a header it is one line.
  screen.show(token.replaceAll(".", ".\n").replace(/.{100}/g, "$&\n"));
  screen.show("");
  const rows = Object.entries({ ...decodeProtectedHeader(token), ...decodeJwt(token) });
  screen.table(
    ["name", "value", ""],
    rows.map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
      MEANINGS[name] ?? "",
    ]),
  );
}
