/** What mail says: escaped, complete in both forms, nothing fetched, and replaceable. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oneLine, spell } from "../../src/email/layout.ts";
import { BUILT_IN, createRender } from "../../src/email/templates.ts";
import type { MailData, MailKind, Message } from "../../src/mail-kinds.ts";

const site = { name: "auth.example.com", url: "https://auth.example.com" };
const render = createRender(site);

const url = "https://auth.example.com/api/auth/verify-email?token=abc&callbackURL=%2F";
const at = new Date("2026-11-21T15:59:30Z");
const EXAMPLES: { readonly [K in MailKind]: MailData[K] } = {
  verification: { url },
  "reset-password": { url },
  "magic-link": { url },
  "one-time-code": { code: "123456", purpose: "sign-in" },
  "change-email": { url, newEmail: "new@example.com" },
  "email-changed": { newEmail: "new@example.com" },
  invitation: { url, organization: "Analytical Engines", inviter: "Ada" },
  "new-device": { device: "Firefox on Linux", address: "203.0.113.7", at },
  "password-changed": { at },
  "account-exists": {},
};
const kinds = Object.keys(BUILT_IN).filter((kind): kind is MailKind => Object.hasOwn(EXAMPLES, kind));
const example = (kind: MailKind): Message => render(kind, EXAMPLES[kind]);

describe.each(kinds)("a mail of kind %s", (kind) => {
  test("says the same as text and as HTML, names the site, and fetches nothing", () => {
    const { subject, text, html } = example(kind);
    expect(subject).toContain(site.name);
    expect(text).toContain(site.url);
    for (const value of Object.values(EXAMPLES[kind]).filter((each) => typeof each === "string")) {
      if (value === "sign-in") continue;
      expect(text).toContain(value);
      expect(html).toContain(value.replaceAll("&", "&amp;"));
    }
    expect(html).not.toMatch(
      /<(?:img|script|link|style|iframe|object|form|video|audio)\b|url\(|\bon\w+=|@import/i,
    );
    expect(html.match(/href="[^"]*"/g) ?? []).toEqual(
      "url" in EXAMPLES[kind] ? Array(2).fill(`href="${url.replaceAll("&", "&amp;")}"`) : [],
    );
  });

  test("keeps a link or a code out of the subject", () => {
    expect(example(kind).subject).not.toMatch(/https?:|123456/);
  });
});

describe("other people's words", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("<", ">", '"', "'", "&", "\r", "\n", "a", "/", "\u202e", "é"),
  });

  test("are never markup, nor a second line of the subject", () => {
    fc.assert(
      fc.property(hostile, hostile, (organization, inviter) => {
        const { subject, html } = render("invitation", { url, organization, inviter });
        expect(subject).not.toMatch(/[\r\n\u202e]/);
        const plain = render("invitation", { url, organization: "", inviter: "" }).html;
        expect(html.match(/<[^>]*>/g)).toEqual(plain.match(/<[^>]*>/g));
        expect(html.split('"').length).toBe(plain.split('"').length);
      }),
    );
  });

  test("are cut to a line of sixty signs", () => {
    expect(oneLine(` You have won!\r\n\tCall ${"now ".repeat(50)}`)).toMatch(
      /^You have won! Call now [now ]+…$/,
    );
    expect(oneLine("x".repeat(500))).toHaveLength(60);
  });
});

test("lifetimes are spelled as people say them", () => {
  expect([60_000, 300_000, 3_600_000, 172_800_000].map(spell)).toEqual([
    "1 minute",
    "5 minutes",
    "1 hour",
    "2 days",
  ]);
});

test("a template of the operator's own replaces the built-in one, and no other", () => {
  const own = createRender(site, {
    "magic-link": (data, { name }) => ({
      subject: `Hello from ${name}`,
      text: data.url,
      html: "<p>Hello</p>",
    }),
  });
  expect(own("magic-link", { url })).toEqual({
    subject: "Hello from auth.example.com",
    text: url,
    html: "<p>Hello</p>",
  });
  expect(own("verification", { url })).toEqual(render("verification", { url }));
});
