/** Passkeys: the stock client in a real browser, with an authenticator of the DevTools protocol; and what forgers could try. */
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openChromium, type Page, whyNoChromium } from "../support/chromium.ts";
import { type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { enableSecondFactor } from "../support/totp.ts";

if (whyNoChromium !== undefined) console.log(`skipped, passkeys: ${whyNoChromium}`);

/** The client as one script that sets `authClient`. */
async function bundleClient(): Promise<string> {
  const input = fileURLToPath(new URL("../support/browser-client.js", import.meta.url));
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "iife" });
  return output[0].code;
}

interface Scene extends AsyncDisposable {
  readonly url: string;
  readonly page: Page;
  readonly person: Person;
  readonly sql: Awaited<ReturnType<typeof startTestServer>>["database"]["sql"];
}

/** Somebody signed in with a password in a browser that has an authenticator and a passkey on it. */
async function startWithPasskey(): Promise<Scene> {
  await using undo = new AsyncDisposableStack();
  const { url, database, ...server } = await startTestServer();
  undo.use(server);
  const chromium = undo.use(await openChromium());
  const person = await signUp(url);
  const page = await chromium.open();
  await page.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  await page.send("WebAuthn.addVirtualAuthenticator", { options });
  // Any page of ours whose policy lets it ask this server.
  await page.goto(`${url}/two-factor`);
  await page.evaluate(await bundleClient());
  await call(page, "signIn.email", { email: person.email, password: person.password });
  const made = await call(page, "passkey.addPasskey", { name: "My key" });
  expect(made).toMatchObject({ data: { name: "My key" } });
  const release = undo.move();
  const { sql } = database;
  return { url, page, person, sql, [Symbol.asyncDispose]: () => release.disposeAsync() };
}

/** A method of the client; what it gives. */
const call = (page: Page, method: string, options: object = {}): Promise<unknown> =>
  page.evaluate(`authClient.${method}(${JSON.stringify(options)})`);

const status = (page: Page): Promise<unknown> =>
  page.evaluate(`fetch("/api/auth/token").then(({ status }) => status)`);

/** The answer to a new challenge, as the client sends it to be verified. */
const answerChallenge = (page: Page, userVerification = "preferred"): Promise<unknown> =>
  page.evaluate(`(async () => {
    const options = await (await fetch("/api/auth/passkey/generate-authenticate-options")).json();
    options.userVerification = "${userVerification}";
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return { response: (await navigator.credentials.get({ publicKey })).toJSON() };
  })()`);

const verify = (page: Page, body: unknown, times = 1): Promise<unknown> =>
  page.evaluate(`Promise.all(Array.from({ length: ${times} }, () =>
    fetch("/api/auth/passkey/verify-authentication", {
      method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(JSON.stringify(body))},
    }).then(({ status }) => status)))`);

describe.skipIf(whyNoChromium !== undefined)("a passkey", () => {
  test("signs in by itself, and no more once it is removed", async () => {
    await using scene = await startWithPasskey();
    const { page, person } = scene;
    await call(page, "signOut");
    expect(await status(page)).toBe(401);
    expect(await call(page, "signIn.passkey")).toMatchObject({
      data: { user: { id: person.id } },
      error: null,
    });
    expect(await status(page)).toBe(200);
    const listed = z
      .object({ data: z.array(z.object({ id: z.string() })) })
      .parse(await call(page, "passkey.listUserPasskeys"));
    expect(listed.data).toHaveLength(1);
    await call(page, "passkey.deletePasskey", { id: listed.data[0]?.id });
    await call(page, "signOut");
    expect(await call(page, "signIn.passkey")).toMatchObject({ data: null, error: { status: 401 } });
    expect(await status(page)).toBe(401);
  });

  test("is strong enough without a second factor where it has made sure who holds it", async () => {
    await using scene = await startWithPasskey();
    const { page, person, url } = scene;
    await enableSecondFactor(url, person);
    await call(page, "signOut");
    await call(page, "signIn.passkey");
    expect(await status(page)).toBe(200);
  });

  test("is one factor like others where it has not: the second one is asked for", async () => {
    await using scene = await startWithPasskey();
    const { page, person, url } = scene;
    await enableSecondFactor(url, person);
    await call(page, "signOut");
    expect(await verify(page, await answerChallenge(page, "discouraged"))).toEqual([200]);
    expect(await status(page)).toBe(401);
    expect(await verify(page, await answerChallenge(page))).toEqual([200]);
    expect(await status(page)).toBe(200);
  });

  test("answers each challenge once, also of twenty at the same moment, and nobody else's", async () => {
    await using scene = await startWithPasskey();
    const { page, url, sql } = scene;
    await call(page, "signOut");
    const answer = await answerChallenge(page);
    const statuses = z.array(z.number()).parse(await verify(page, answer, 20));
    expect(statuses.filter((each) => each === 200)).toHaveLength(1);
    expect(await verify(page, answer)).toEqual([400]);
    // In another browser, with a challenge of its own.
    const options = await fetch(`${url}/api/auth/passkey/generate-authenticate-options`);
    const cookie = options.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
    const stolen = await postJson(`${url}/api/auth/passkey/verify-authentication`, answer, {
      cookie: cookie.join("; "),
      origin: url,
    });
    expect(stolen.status).toBe(400);
    expect(await sql`select 1 from session`).toHaveLength(2);
  });

  test("cannot be added by somebody who is not signed in, nor removed by somebody else", async () => {
    await using scene = await startWithPasskey();
    const { url, sql } = scene;
    expect((await fetch(`${url}/api/auth/passkey/generate-register-options`)).status).toBe(401);
    const [{ id } = { id: "" }] = await sql`select id from passkey`;
    const { cookie } = await signUp(url);
    const removal = await postJson(`${url}/api/auth/passkey/delete-passkey`, { id }, { cookie });
    expect(removal.status).toBeGreaterThanOrEqual(400);
    expect(await sql`select 1 from passkey`).toHaveLength(1);
  });
});
