/** People who sign up and in over plain HTTP, as curl would. */
import { randomBytes } from "node:crypto";

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  /** Signed session token: what `set-auth-token` said. */
  readonly bearer: string;
  /** `Cookie` header of a browser that signed in. */
  readonly cookie: string;
}

interface SignUp {
  readonly email?: string;
  readonly name?: string;
}

export async function signUp(
  url: string,
  { email = newEmail(), name = "Ada" }: SignUp = {},
): Promise<Person> {
  const password = "correct horse battery";
  const response = await postJson(`${url}/api/auth/sign-up/email`, { email, password, name });
  if (response.status !== 200)
    throw new Error(`sign-up answered ${response.status}: ${await response.text()}`);
  const { user } = await response.json();
  return { id: user.id, email, password, ...credentials(response) };
}

export const newEmail = (): string => `${randomBytes(6).toString("hex")}@example.com`;

export function credentials(response: Response): { bearer: string; cookie: string } {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]);
  return { bearer: response.headers.get("set-auth-token") ?? "", cookie: cookies.join("; ") };
}

export const postJson = (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

export const asBearer = (bearer: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${bearer}` },
});

/** The JWT of a session. */
export async function tokenOf(url: string, bearer: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/token`, asBearer(bearer));
  if (response.status !== 200) throw new Error(`token answered ${response.status}: ${await response.text()}`);
  return (await response.json()).token;
}
