/** Signing in elsewhere, with a real OpenID Connect provider, and the ways that could take over an account. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { type Browser, openBrowser } from "../support/browser.ts";
import { startOtherProvider } from "../support/oidc-provider.ts";
import { newEmail, signUp } from "../support/people.ts";
import { freePort, startTestServer } from "../support/server.ts";

async function startBoth() {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const other = await startOtherProvider(`${url}/api/auth/callback/corp`);
  const { issuer, clientId, clientSecret } = other;
  const server = await startTestServer({
    env: { ISSUER: url, PORT: String(port) },
    project: { oidcProviders: { corp: { issuer, clientId, clientSecret } } },
  });
  return {
    other,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

/** To the end, or to an address on the way where it is to stop. */
async function signInElsewhere(url: string, browser: Browser, stop?: (url: URL) => boolean): Promise<URL> {
  const started = await browser.post(`${url}/api/auth/sign-in/social`, {
    provider: "corp",
    callbackURL: `${url}/`,
  });
  return browser.follow((await started.json()).url, stop);
}

const tokenIn = async (url: string, browser: Browser) => {
  const response = await browser.get(`${url}/api/auth/token`);
  return response.status === 200 ? decodeJwt((await response.json()).token) : undefined;
};

describe("signing in elsewhere", () => {
  test("makes an account, and finds it again", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const [first, second] = [openBrowser(), openBrowser()];
    await signInElsewhere(url, first);
    const claims = await tokenIn(url, first);
    expect(claims).toMatchObject({ email: "ada@elsewhere.example", email_verified: true });
    await signInElsewhere(url, second);
    expect((await tokenIn(url, second))?.sub).toBe(claims?.sub);
    const accounts = await both.server.database.sql`select provider_id, access_token from account`;
    expect(accounts).toHaveLength(1);
    expect(accounts[0]?.["access_token"]).not.toMatch(/^eyJ|^[\w-]{43}$/);
  });

  test("does not open an account here whose address was never confirmed here", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const squatter = await signUp(url, { email: "ada@elsewhere.example" });
    const browser = openBrowser();
    const end = await signInElsewhere(url, browser);
    expect(end.searchParams.get("error") ?? end.href).toMatch(/account_not_linked|error/);
    expect(await tokenIn(url, browser)).toBeUndefined();
    const accounts = await both.server.database
      .sql`select provider_id from account where user_id = ${squatter.id}`;
    expect(accounts).toEqual([{ provider_id: "credential" }]);
  });

  test("does not open an account here with an address that was not confirmed there", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const victim = await signUp(url, { email: "ada@elsewhere.example" });
    await both.server.database.sql`update "user" set email_verified = true`;
    both.other.person = { sub: "evil", email: "ada@elsewhere.example", emailVerified: false };
    const browser = openBrowser();
    await signInElsewhere(url, browser);
    expect((await tokenIn(url, browser))?.sub).not.toBe(victim.id);
  });

  test("joins the account here when both sides have confirmed the address", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const person = await signUp(url, { email: "ada@elsewhere.example" });
    await both.server.database.sql`update "user" set email_verified = true`;
    const browser = openBrowser();
    await signInElsewhere(url, browser);
    expect((await tokenIn(url, browser))?.sub).toBe(person.id);
  });

  test("cannot be finished in another browser, or twice", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const browser = openBrowser();
    const callback = await signInElsewhere(url, browser, ({ pathname }) =>
      pathname.endsWith("/callback/corp"),
    );
    const other = openBrowser();
    await other.follow(callback.href);
    expect(await tokenIn(url, other)).toBeUndefined();
    await browser.follow(callback.href);
    const replay = openBrowser();
    await replay.follow(callback.href);
    expect(await tokenIn(url, replay)).toBeUndefined();
  });

  test("also ends where the provider has the browser post its answer, which does nothing by itself", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const browser = openBrowser();
    const callback = await signInElsewhere(url, browser, ({ pathname }) =>
      pathname.endsWith("/callback/corp"),
    );
    // A browser leaves its cookies at home when a foreign page posts: SameSite=Lax.
    const posted = await fetch(`${url}/api/auth/callback/corp`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: both.other.issuer, "sec-fetch-site": "cross-site" },
      body: callback.searchParams,
    });
    expect(posted.status).toBe(302);
    expect(posted.headers.getSetCookie()).toEqual([]);
    expect(await tokenIn(url, browser)).toBeUndefined();
    await browser.follow(posted.headers.get("location") ?? "");
    expect(await tokenIn(url, browser)).toMatchObject({ email: "ada@elsewhere.example" });
  });

  test("returns nobody to a foreign page", async () => {
    await using both = await startBoth();
    const { url } = both.server;
    const browser = openBrowser();
    const started = await browser.post(`${url}/api/auth/sign-in/social`, {
      provider: "corp",
      callbackURL: `https://evil.example/${newEmail()}`,
    });
    expect(started.status).toBe(403);
  });

  test("goes on where the provider was away when the server started", async () => {
    const [port, otherPort] = [await freePort(), await freePort()];
    const url = `http://localhost:${port}`;
    const corp = {
      issuer: `http://localhost:${otherPort}`,
      clientId: "keyturn",
      clientSecret: "a-client-secret-of-the-test",
    };
    await using _server = await startTestServer({
      env: { ISSUER: url, PORT: String(port) },
      project: { oidcProviders: { corp } },
    });
    const start = () =>
      openBrowser().post(`${url}/api/auth/sign-in/social`, { provider: "corp", callbackURL: `${url}/` });
    expect((await start()).status).toBe(404);
    await using _other = await startOtherProvider(`${url}/api/auth/callback/corp`, otherPort);
    const browser = openBrowser();
    await signInElsewhere(url, browser);
    expect(await tokenIn(url, browser)).toMatchObject({ email: "ada@elsewhere.example" });
  });
});

describe("a provider Better Auth knows by name", () => {
  test("is used by configuration alone: people are sent there with our client and a state", async () => {
    await using server = await startTestServer({
      project: {
        socialProviders: {
          github: { clientId: "of-github", clientSecret: "secret" },
          google: { clientId: "of-google", clientSecret: "secret" },
        },
      },
    });
    for (const [provider, host] of [
      ["github", "github.com"],
      ["google", "accounts.google.com"],
    ]) {
      const started = await openBrowser().post(`${server.url}/api/auth/sign-in/social`, {
        provider,
        callbackURL: `${server.url}/`,
      });
      const url = new URL((await started.json()).url);
      expect(url.host).toBe(host);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        client_id: `of-${provider}`,
        redirect_uri: `${server.url}/api/auth/callback/${provider}`,
        response_type: "code",
        state: expect.stringMatching(/.{20,}/),
      });
    }
    const unknown = await openBrowser().post(`${server.url}/api/auth/sign-in/social`, { provider: "gitlab" });
    expect(unknown.status).toBe(404);
  });

  test("is trusted with no state but one of a sign-in begun here, and lets nobody in without it", async () => {
    await using server = await startTestServer({
      project: { socialProviders: { github: { clientId: "of-github", clientSecret: "secret" } } },
    });
    const browser = openBrowser();
    const end = await browser.follow(`${server.url}/api/auth/callback/github?code=stolen&state=made-up`);
    expect(end.href).toBe(`${server.url}/sign-in-error?error=state_mismatch`);
    const page = await (await fetch(end)).text();
    expect(page).toContain("Start again where you came from");
    expect(page).toContain("<code>state_mismatch</code>");
    expect(await tokenIn(server.url, browser)).toBeUndefined();
  });
});
