/** A front end with a bearer token, after a sign-in that ended in a redirect: the code on the way back, and its abuse. */
import { createHash, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { type Browser, openBrowser } from "../support/browser.ts";
import { openMailbox } from "../support/mailbox.ts";
import { startOtherProvider } from "../support/oidc-provider.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { freePort, startTestServer } from "../support/server.ts";

const APP = "https://app.example.com";

interface FrontEnd {
  readonly verifier: string;
  /** Where a sign-in is to end. */
  readonly callbackURL: string;
}

/** What a single-page app does before it starts a sign-in. */
function openFrontEnd(url: string): FrontEnd {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    callbackURL: `${APP}/signed-in?tab=1`,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  });
  return { verifier, callbackURL: `${url}/api/auth/session-code?${query}` };
}

const redeem = (url: string, code: string | null, code_verifier: string): Promise<Response> =>
  postJson(`${url}/api/auth/session-code`, { code, code_verifier }, { origin: APP });

const atApp = ({ origin }: URL): boolean => origin === APP;

/** A browser that is signed in, as after any redirect; goes by the code's address to the front end. */
async function codeOf(browser: Browser, { callbackURL }: FrontEnd): Promise<string> {
  const end = await browser.follow(callbackURL, atApp);
  expect(end.searchParams.get("tab")).toBe("1");
  return end.searchParams.get("code") ?? "";
}

async function startSignedIn() {
  const server = await startTestServer({ env: { CORS_ORIGINS: APP } });
  const browser = openBrowser();
  const { email, password, id } = await signUp(server.url);
  await browser.post(`${server.url}/api/auth/sign-in/email`, { email, password });
  return { ...server, browser, id, frontEnd: openFrontEnd(server.url) };
}

describe("a front end that keeps a bearer token", () => {
  test("gets it after signing in at an OpenID Connect provider", async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    await using other = await startOtherProvider(`${url}/api/auth/callback/corp`);
    const { issuer, clientId, clientSecret } = other;
    await using _server = await startTestServer({
      env: { ISSUER: url, PORT: String(port), CORS_ORIGINS: APP },
      project: { oidcProviders: { corp: { issuer, clientId, clientSecret } } },
    });
    const [browser, frontEnd] = [openBrowser(), openFrontEnd(url)];
    const started = await browser.post(`${url}/api/auth/sign-in/social`, {
      provider: "corp",
      callbackURL: frontEnd.callbackURL,
    });
    const end = await browser.follow((await started.json()).url, atApp);
    const answer = await redeem(url, end.searchParams.get("code"), frontEnd.verifier);
    expect(answer.headers.get("access-control-expose-headers")).toContain("set-auth-token");
    const { token } = await answer.json();
    expect(answer.headers.get("set-auth-token")).toBe(token);
    expect(decodeJwt(await tokenOf(url, token))).toMatchObject({ email: "ada@elsewhere.example" });
  });

  test("gets it after a link in a mail", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { CORS_ORIGINS: APP, SMTP_URL: mailbox.url } });
    const { email, id } = await signUp(server.url);
    const [browser, frontEnd] = [openBrowser(), openFrontEnd(server.url)];
    const { callbackURL } = frontEnd;
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email, callbackURL });
    const mail = await mailbox.next({ to: email, subject: /sign/i });
    const end = await browser.follow(/https?:\/\/\S+magic-link\S+/.exec(mail.text)?.[0] ?? "", atApp);
    const answer = await redeem(server.url, end.searchParams.get("code"), frontEnd.verifier);
    expect(decodeJwt(await tokenOf(server.url, (await answer.json()).token)).sub).toBe(id);
  });

  test("is told of a sign-in that failed, and of a browser nobody is signed in with, and gets no code", async () => {
    await using server = await startTestServer({ env: { CORS_ORIGINS: APP } });
    const { callbackURL } = openFrontEnd(server.url);
    const failed = await openBrowser().follow(`${callbackURL}&error=access_denied`, atApp);
    expect(failed.href).toBe(`${APP}/signed-in?tab=1&error=access_denied`);
    const nobody = await openBrowser().follow(callbackURL, atApp);
    expect(nobody.href).toBe(`${APP}/signed-in?tab=1&error=unauthenticated`);
  });
});

describe("a code for a session", () => {
  test("is good once, also of twenty at the same moment", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd } = scene;
    const code = await codeOf(browser, frontEnd);
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(url, code, frontEnd.verifier)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  test("is worth nothing to whoever has seen it on its way, and nothing to anybody after they tried", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd } = scene;
    const code = await codeOf(browser, frontEnd);
    expect((await redeem(url, code, randomBytes(32).toString("base64url"))).status).toBe(401);
    expect((await redeem(url, code, frontEnd.verifier)).status).toBe(401);
  });

  test("is worth nothing after a minute, after signing out, and after a ban", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd, database } = scene;
    const late = await codeOf(browser, frontEnd);
    await database.sql`update verification set expires_at = now()`;
    expect((await redeem(url, late, frontEnd.verifier)).status).toBe(401);
    const banned = await codeOf(browser, frontEnd);
    await database.sql`update "user" set banned = true`;
    expect((await redeem(url, banned, frontEnd.verifier)).status).toBe(401);
    await database.sql`update "user" set banned = false`;
    const ended = await codeOf(browser, frontEnd);
    await browser.post(`${url}/api/auth/sign-out`, {});
    expect((await redeem(url, ended, frontEnd.verifier)).status).toBe(401);
  });

  test("goes to trusted origins only, compared whole, and needs a challenge", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd, database } = scene;
    const challenge = new URL(frontEnd.callbackURL).searchParams.get("code_challenge") ?? "";
    for (const [callbackURL, code_challenge] of [
      ["https://evil.example", challenge],
      [`${APP}.evil.example/`, challenge],
      [`https://app.example.com@evil.example/`, challenge],
      ["//evil.example/", challenge],
      ["\\\\evil.example/", challenge],
      ["javascript:alert(1)", challenge],
      ["data:text/html,x", challenge],
      ["", challenge.slice(1)],
      [`${APP}/`, "plain"],
    ] as const) {
      const query = new URLSearchParams({ callbackURL, code_challenge });
      const answer = await browser.get(`${url}/api/auth/session-code?${query}`);
      expect(answer.status, callbackURL).toBe(400);
      expect(answer.headers.get("location")).toBeNull();
    }
    expect(await database.sql`select 1 from verification where identifier like 'session-code:%'`).toEqual([]);
  });

  test("is not given for a bearer token, which is no browser on its way back, nor redeemed for a foreign page", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd, email, password } = { ...scene, ...(await signUp(scene.url)) };
    const signedIn = await postJson(`${url}/api/auth/sign-in/email`, { email, password });
    const { headers } = asBearer(signedIn.headers.get("set-auth-token") ?? "");
    const answer = await fetch(frontEnd.callbackURL, { headers, redirect: "manual" });
    expect(answer.headers.get("location")).toContain("error=unauthenticated");
    const code = await codeOf(browser, frontEnd);
    const body = { code, code_verifier: frontEnd.verifier };
    const foreign = await postJson(`${url}/api/auth/session-code`, body, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    expect((await redeem(url, code, frontEnd.verifier)).status).toBe(200);
  });

  test("leaves no trace in the log, and what is stored is a hash", async () => {
    await using scene = await startSignedIn();
    const { url, browser, frontEnd, database, log } = scene;
    const code = await codeOf(browser, frontEnd);
    const [row] = await database.sql`select * from verification where identifier like 'session-code:%'`;
    expect(JSON.stringify(row)).not.toContain(code);
    await redeem(url, code, frontEnd.verifier);
    expect(log.join("")).not.toContain(code);
  });
});
