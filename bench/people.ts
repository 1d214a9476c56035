/** People for a server under load, and proof that the tokens it gives them are good. Both contenders speak this API. */
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";

const tokenAnswer = z.object({ token: z.string() });
const sessionAnswer = z.object({ user: z.object({ id: z.string() }) });
const HOW_MANY = 20;

/** Headers that say who asks. */
export type Credentials = Readonly<Record<string, string>>;

/** Signs people up; the `Authorization` header of each one's session. */
export async function signUpPeople(url: string): Promise<Credentials[]> {
  const people: Credentials[] = [];
  for (let number = 1; number <= HOW_MANY; number++) {
    const answer = await fetch(`${url}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({
        name: `Person ${number}`,
        email: `person-${number}.${Date.now()}@example.com`,
        password: "correct horse battery staple",
      }),
    });
    const session = answer.headers.get("set-auth-token");
    if (!answer.ok || session === null) {
      throw new Error(
        `signing up at ${url}: expected a session, got ${answer.status} ${await answer.text()}`,
      );
    }
    people.push({ authorization: `Bearer ${session}` });
  }
  return people;
}

/** Each person gets a token of their own that holds against the server's own key set. */
export async function proveTokens(
  url: string,
  jwksPath: string,
  people: readonly Credentials[],
): Promise<void> {
  const keys = createRemoteJWKSet(new URL(jwksPath, url));
  const subjects = new Set<string | undefined>();
  for (const headers of people) {
    const answer = await fetch(`${url}/api/auth/token`, { headers });
    const { token } = tokenAnswer.parse(await answer.json());
    const { payload } = await jwtVerify(token, keys, { requiredClaims: ["sub", "exp", "iss", "aud"] });
    subjects.add(payload.sub);
  }
  if (subjects.size !== people.length) throw new Error(`${url}: expected a token for each person`);
}

/** Each person is told of a session of their own. */
export async function proveSessions(url: string, people: readonly Credentials[]): Promise<void> {
  const ids = new Set<string>();
  for (const headers of people) {
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error(`${url}: expected a session, got ${answer.status}`);
    ids.add(sessionAnswer.parse(await answer.json()).user.id);
  }
  if (ids.size !== people.length) throw new Error(`${url}: expected each their own session`);
}
