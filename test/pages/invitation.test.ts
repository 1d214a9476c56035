/** The page an invitation leads to, in a real browser. */
import { describe, expect, test } from "vitest";
import { openChromium, whyNoChromium } from "../support/chromium.ts";
import { openMailbox } from "../support/mailbox.ts";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

if (whyNoChromium !== undefined) console.log(`skipped, tests of pages: ${whyNoChromium}`);

describe.skipIf(whyNoChromium !== undefined)("the page for an invitation", () => {
  test.each(["accept", "reject"])("asks whoever is signed in, and does as told: %s", async (decision) => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    await using chromium = await openChromium();
    const [owner, guest] = [await signUp(server.url), await signUp(server.url)];
    await server.database.sql`update "user" set email_verified = true`;
    const { headers } = asBearer(owner.bearer);
    const made = await postJson(
      `${server.url}/api/auth/organization/create`,
      { name: "Acme <b>& Co</b>", slug: "acme" },
      headers,
    );
    const { id: organizationId } = await made.json();
    await postJson(
      `${server.url}/api/auth/organization/invite-member`,
      { email: guest.email, role: "member", organizationId },
      headers,
    );
    const mail = await mailbox.next({ to: guest.email, subject: /acme|invit/i });
    const link = /https?:\/\/\S+invitation\?id=\S+/.exec(mail.text)?.[0] ?? "";

    const page = await chromium.open();
    await page.goto(link);
    await page.until(`document.body.innerText.includes("Sign in first")`);
    const body = JSON.stringify(JSON.stringify({ email: guest.email, password: guest.password }));
    await page.evaluate(`fetch("/api/auth/sign-in/email", {
      method: "POST", headers: { "content-type": "application/json" }, body: ${body},
    })`);
    await page.goto(link);
    await page.until(`!document.querySelector("button").hidden`);
    expect(await page.text()).toContain(`${owner.email} invites you to Acme <b>& Co</b>.`);
    await page.click(`button[value=${decision}]`);
    await page.until(`document.body.innerText.includes("${decision === "accept" ? "belong" : "refused"}")`);
    const members = await server.database.sql`select role from member where user_id = ${guest.id}`;
    expect(members).toHaveLength(decision === "accept" ? 1 : 0);
    await page.goto(link);
    await page.until(`document.querySelector("[role=status]").textContent.includes("not found")`);
  });
});
