/** The page where a browser enters its second factor: in a real browser, from a link in a mail to where it was to end. */
import { describe, expect, test } from "vitest";
import { openChromium, type Page, whyNoChromium } from "../support/chromium.ts";
import { openMailbox } from "../support/mailbox.ts";
import { postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { enableSecondFactor, totpOf } from "../support/totp.ts";

if (whyNoChromium !== undefined) console.log(`skipped, tests of pages: ${whyNoChromium}`);

/** Somebody with a second factor, whose browser has just followed a link in a mail. */
async function startAtPage(callbackURL = "/readyz") {
  await using undo = new AsyncDisposableStack();
  const mailbox = undo.use(await openMailbox());
  const server = undo.use(await startTestServer({ env: { SMTP_URL: mailbox.url } }));
  const chromium = undo.use(await openChromium());
  const person = await signUp(server.url);
  const factor = await enableSecondFactor(server.url, person);
  const { email } = person;
  // Otherwise a link takes the password away, which may be a stranger's.
  await server.database.sql`update "user" set email_verified = true`;
  await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email, callbackURL });
  const mail = await mailbox.next({ to: email, subject: /sign/i });
  const page = await chromium.open();
  await page.goto(/https?:\/\/\S+magic-link\S+/.exec(mail.text)?.[0] ?? "");
  await page.click("a.button");
  await page.until(`location.pathname === "/two-factor"`);
  const release = undo.move();
  return { server, person, factor, page, [Symbol.asyncDispose]: () => release.disposeAsync() };
}

const isSignedIn = async (page: Page): Promise<boolean> =>
  (await page.evaluate(`fetch("/api/auth/token").then(({ status }) => status)`)) === 200;

async function enter(page: Page, code: string): Promise<void> {
  await page.until(`document.activeElement.id === "code"`);
  await page.evaluate(`document.activeElement.select()`);
  await page.type(code);
  await page.click("button");
}

describe.skipIf(whyNoChromium !== undefined)("the page for a second factor", () => {
  test("is where a link in a mail ends, takes the code, and goes on to where the link was to end", async () => {
    await using scene = await startAtPage();
    const { page, factor } = scene;
    expect(await isSignedIn(page)).toBe(false);
    await enter(page, totpOf(factor.uri).replace(/(...)/, "$1 "));
    await page.until(`location.pathname === "/readyz"`);
    expect(page.complaints.filter((text) => !text.includes("401"))).toEqual([]);
  });

  test("says that a code is wrong, and takes a backup code, once", async () => {
    await using scene = await startAtPage();
    const { page, factor } = scene;
    await enter(page, "000000");
    await page.until(`document.querySelector("[role=alert]").textContent !== ""`);
    expect(await page.text()).toContain("Invalid code");
    expect(await isSignedIn(page)).toBe(false);
    await enter(page, factor.backupCodes[0] ?? "");
    await page.until(`location.pathname === "/readyz"`);
  });

  test("says so when the sign-in has taken too long", async () => {
    await using scene = await startAtPage();
    const { page, factor, server } = scene;
    await server.database.sql`delete from verification`;
    await enter(page, totpOf(factor.uri));
    await page.until(`document.querySelector("[role=alert]").textContent !== ""`);
    expect(await page.text()).toContain("This sign-in is over");
  });

  test("says that one is signed in, where nothing trusted is to follow", async () => {
    await using scene = await startAtPage();
    const { page, factor, server } = scene;
    for (const evil of ["https://evil.example/", "javascript:alert(1)", "//evil.example"]) {
      await page.goto(`${server.url}/two-factor?callbackURL=${encodeURIComponent(evil)}`);
      await page.until(`document.querySelector("form") !== null`);
      expect(await page.evaluate(`document.querySelector("form").dataset.next`)).toBe("");
    }
    await enter(page, totpOf(factor.uri));
    await page.until(`document.body.innerText.includes("You are signed in")`);
    expect(await isSignedIn(page)).toBe(true);
  });

  test("spares a trusted device the question the next time", async () => {
    await using scene = await startAtPage();
    const { page, factor, person, server } = scene;
    await page.click("[name=trust]");
    await enter(page, totpOf(factor.uri));
    await page.until(`location.pathname === "/readyz"`);
    await page.goto(`${server.url}/two-factor`);
    const body = JSON.stringify(JSON.stringify({ email: person.email, password: person.password }));
    const answer = await page.evaluate(`fetch("/api/auth/sign-in/email", {
      method: "POST", headers: { "content-type": "application/json" }, body: ${body},
    }).then((response) => response.json())`);
    expect(answer).toMatchObject({ user: { email: person.email } });
  });
});
