/** Between a link in a mail and what it does: scanners, people in a real browser, and scripts that call by themselves. */
import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { openChromium, whyNoChromium } from "../support/chromium.ts";
import { linkIn, openMailbox } from "../support/mailbox.ts";
import { postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

if (whyNoChromium !== undefined) console.log(`skipped, tests of pages: ${whyNoChromium}`);

/** Somebody who has asked for a link, and the link. */
async function startWithLink(kind: "magic-link" | "verification") {
  await using undo = new AsyncDisposableStack();
  const mailbox = undo.use(await openMailbox());
  const server = undo.use(await startTestServer({ env: { SMTP_URL: mailbox.url } }));
  const { email } = await signUp(server.url);
  if (kind === "magic-link") {
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email, callbackURL: "/readyz" });
  }
  const subject = kind === "magic-link" ? /sign in/i : /confirm|verif/i;
  const link = linkIn(await mailbox.next({ to: email, subject }));
  const isVerified = async () =>
    (await server.database.sql`select email_verified from "user"`)[0]?.["email_verified"];
  const release = undo.move();
  return { server, link, isVerified, [Symbol.asyncDispose]: () => release.disposeAsync() };
}

/** As a scanner asks: `fetch` would say that it is a script. */
async function scan(link: string, method = "GET") {
  const sent = request(link, { method }).end();
  const [response] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode, headers } = response;
  return { status: statusCode, headers, text: Buffer.concat(chunks).toString() };
}

describe("a link in a mail", () => {
  test.each(["magic-link", "verification"] as const)(
    "does nothing when it is only opened, however often, and works afterwards: %s",
    async (kind) => {
      await using scene = await startWithLink(kind);
      for (const method of ["HEAD", "GET", "GET"]) {
        const answer = await scan(scene.link, method);
        expect(answer.status).toBe(200);
        expect(answer.headers).toMatchObject({ "cache-control": "no-store" });
        expect(answer.headers).not.toHaveProperty("set-cookie");
        if (method === "GET") expect(answer.text).toContain("close this page");
      }
      expect(await scene.isVerified()).toBe(false);
      const done = await scan(`${scene.link}&go=on`);
      expect(done.status).toBe(302);
      expect(await scene.isVerified()).toBe(true);
    },
  );

  test("works at once for the script of a page", async () => {
    await using scene = await startWithLink("magic-link");
    const answer = await fetch(scene.link, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.getSetCookie().join()).toContain("session_token");
  });

  test("does not put what its address says into the page", async () => {
    await using server = await startTestServer();
    const { text } = await scan(`${server.url}/api/auth/verify-email?token="><script>alert(1)</script>`);
    expect(text).not.toContain("<script");
    expect(text).toContain("%3Cscript%3E");
  });

  test.skipIf(whyNoChromium !== undefined)("signs in whoever says go on", async () => {
    await using scene = await startWithLink("magic-link");
    await using chromium = await openChromium();
    const page = await chromium.open();
    await page.goto(scene.link);
    expect(await page.text()).toContain("Sign in");
    await page.click("a.button");
    await page.until(`location.pathname === "/readyz"`);
    expect(await scene.isVerified()).toBe(true);
    expect(page.complaints).toEqual([]);
  });
});
