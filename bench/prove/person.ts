/** Somebody who signs up and asks for tokens. */

const PASSWORD = "correct horse battery staple";

/** The `Authorization` header of their session. */
export async function signUp(url: string, email: string): Promise<string> {
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ name: "Somebody", email, password: PASSWORD }),
  });
  const session = answer.headers.get("set-auth-token");
  if (session === null) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
  return `Bearer ${session}`;
}

/** A token, or the status of the refusal. */
export async function askForToken(url: string, authorization: string): Promise<string | number> {
  const answer = await fetch(`${url}/api/auth/token`, { headers: { authorization } });
  if (!answer.ok) {
    await answer.body?.cancel();
    return answer.status;
  }
  const body: unknown = await answer.json();
  if (typeof body === "object" && body !== null && "token" in body && typeof body.token === "string")
    return body.token;
  throw new Error("expected a token in the answer");
}
