/** `/dev/outbox`: mail on a developer's own machine, and on no other. */
import { IncomingMessage, request, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Hono } from "hono";
import { describe, expect, test, vi } from "vitest";
import { createDevelopmentTransport } from "../../src/email/development-transport.ts";
import type { AppEnv } from "../../src/http/context.ts";
import { createOutboxPage } from "../../src/http/pages/outbox.ts";
import { createLogger } from "../../src/logger.ts";
import { openMailbox } from "../support/mailbox.ts";
import { signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const logger = createLogger({ level: "silent", pretty: false });

/** As `fetch` would, but with any `Host`. */
function statusFor({ server }: TestServer, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(
    { host: "localhost", port: server.services.config.PORT, path: "/dev/outbox", headers },
    (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    },
  )
    .on("error", reject)
    .end();
  return promise;
}

describe("the outbox page", () => {
  test("shows mail that was not sent, its links to click on, and loads nothing but our style sheet", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const page = async () => (await fetch(`${server.url}/dev/outbox`)).text();
    await vi.waitUntil(async () => (await page()).includes(email));
    const html = await page();
    const link = /<a href="([^"]*verify-email[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const answer = await fetch(link, { redirect: "manual" });
    expect(answer.headers.get("location")).toBe("/");
    expect(await server.database.sql`select email_verified from "user"`).toEqual([{ email_verified: true }]);
    const response = await fetch(`${server.url}/dev/outbox`);
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'self'; /,
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("is named in the log, where neither link nor address is", async () => {
    await using server = await startTestServer({ env: { LOG_LEVEL: "trace" } });
    const { email } = await signUp(server.url);
    await vi.waitUntil(() => server.log.join("").includes("Confirm your address"));
    const log = server.log.join("");
    expect(log).toContain(`read it at ${server.url}/dev/outbox`);
    expect(log).not.toContain("token=");
    expect(log).not.toContain(email);
  });

  test("is not there with SMTP_URL, nor where the issuer is another machine", async () => {
    await using mailbox = await openMailbox();
    await using withSmtp = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    expect((await fetch(`${withSmtp.url}/dev/outbox`)).status).toBe(404);
    await using elsewhere = await startTestServer({ env: { ISSUER: "https://auth.example.com" } });
    expect(await statusFor(elsewhere, {})).toBe(404);
    expect(elsewhere.log.join("")).toContain("SMTP_URL is not set: mail is dropped");
  });

  test("is not there for what came through a proxy, or under a name that is not this machine's", async () => {
    await using server = await startTestServer({ env: { TRUSTED_PROXIES: "127.0.0.0/8,::1" } });
    expect(await statusFor(server, {})).toBe(200);
    expect(await statusFor(server, { host: "127.0.0.1:3000" })).toBe(200);
    for (const headers of [
      { "x-forwarded-for": "127.0.0.1" },
      { forwarded: "for=127.0.0.1" },
      { via: "1.1 proxy" },
      { "x-real-ip": "127.0.0.1" },
      { "cf-connecting-ip": "127.0.0.1" },
      { host: "evil.example.com" },
      { host: "localhost.evil.example.com" },
    ]) {
      expect(await statusFor(server, headers), JSON.stringify(headers)).toBe(404);
    }
  });

  const app = new Hono<AppEnv>().get("/dev/outbox", createOutboxPage({ mails: () => [] }));
  const statusFrom = async (remoteAddress: string | undefined) => {
    const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
    const incoming = new IncomingMessage(socket);
    incoming.headers.host = "localhost";
    return (await app.request("/dev/outbox", {}, { incoming, outgoing: new ServerResponse(incoming) }))
      .status;
  };

  test.each([
    ["127.0.0.1", 200],
    ["::1", 200],
    ["::ffff:127.0.0.1", 200],
    ["10.1.2.3", 404],
    ["::ffff:192.168.1.9", 404],
    ["203.0.113.7", 404],
    ["", 404],
    [undefined, 404],
  ])("answers %s with %i", async (address, status) => {
    expect(await statusFrom(address)).toBe(status);
  });

  test("keeps the last hundred", async () => {
    const transport = createDevelopmentTransport({ logger, page: "http://localhost:3000/dev/outbox" });
    const message = { subject: "s", text: "t", html: "h" };
    for (let index = 0; index < 150; index++) {
      const mail = { id: String(index), kind: "verification", to: "ada@example.com", message } as const;
      await transport.send(mail, new AbortController().signal);
    }
    expect(transport.mails()).toHaveLength(100);
    expect(transport.mails()[0]?.id).toBe("149");
  });
});
