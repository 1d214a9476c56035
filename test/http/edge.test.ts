/** What every request meets first: ids, addresses, origins, headers. */
import { describe, expect, test } from "vitest";
import { createClientAddress } from "../../src/http/middleware/client-address.ts";
import { newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

describe("the caller's address", () => {
  const from = (trusted: string[], peer: string, forwardedFor?: string) =>
    createClientAddress(trusted)({ peer, forwardedFor });

  test.each([
    [
      "is the socket's when no proxy is trusted, whatever the header says",
      [],
      "203.0.113.9",
      "1.2.3.4",
      "203.0.113.9",
    ],
    [
      "is the socket's when the peer is not one of the proxies",
      ["10.0.0.0/8"],
      "203.0.113.9",
      "1.2.3.4",
      "203.0.113.9",
    ],
    ["is what the trusted proxy saw", ["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"],
    [
      "is the last untrusted hop: what the caller wrote before it does not count",
      ["10.0.0.0/8"],
      "10.0.0.1",
      "9.9.9.9, 1.2.3.4, 10.0.0.2",
      "1.2.3.4",
    ],
    ["is the proxy's own when the header is missing", ["10.0.0.1"], "10.0.0.1", undefined, "10.0.0.1"],
    ["is the proxy's own when the header is nonsense", ["10.0.0.1"], "10.0.0.1", "<script>", "10.0.0.1"],
    ["is the same in IPv6 clothes", ["10.0.0.0/8"], "::ffff:10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"],
    ["may be IPv6", ["fd00::/8"], "fd00::1", "2001:db8::1", "2001:db8::1"],
  ])("%s", (_, trusted, peer, forwardedFor, expected) => {
    expect(from(trusted, peer, forwardedFor)).toBe(expected);
  });

  test("cannot be forged into a session with our own header", async () => {
    await using server = await startTestServer();
    const headers = { "x-keyturn-client-ip": "6.6.6.6", "x-forwarded-for": "6.6.6.6" };
    const body = { email: "a@example.com", password: "correct horse battery", name: "A" };
    await postJson(`${server.url}/api/auth/sign-up/email`, body, headers);
    const [row] = await server.database.sql`select ip_address from session`;
    expect(row?.["ip_address"]).not.toBe("6.6.6.6");
  });

  test("is believed from a trusted proxy", async () => {
    await using server = await startTestServer({ env: { TRUSTED_PROXIES: "127.0.0.0/8, ::1" } });
    const body = { email: "a@example.com", password: "correct horse battery", name: "A" };
    await postJson(`${server.url}/api/auth/sign-up/email`, body, { "x-forwarded-for": "203.0.113.7" });
    const [row] = await server.database.sql`select ip_address from session`;
    expect(row?.["ip_address"]).toBe("203.0.113.7");
  });
});

describe("a front end on another origin", () => {
  const origin = "https://app.example.com";

  test("named in CORS_ORIGINS may sign in with cookies and read set-auth-token", async () => {
    await using server = await startTestServer({ env: { CORS_ORIGINS: origin } });
    const path = `${server.url}/api/auth/sign-up/email`;
    const preflight = await fetch(path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-credentials")).toBe("true");
    const body = { email: "a@example.com", password: "correct horse battery", name: "A" };
    const response = await postJson(path, body, { origin });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    expect(response.headers.get("access-control-expose-headers")).toBe(
      "set-auth-token,X-Request-Id,Retry-After,RateLimit,RateLimit-Policy",
    );
  });

  test("not named there is not let in, neither by CORS nor with a cookie", async () => {
    await using server = await startTestServer();
    const { cookie } = await signUp(server.url);
    const response = await fetch(`${server.url}/api/auth/token`, { headers: { origin, cookie } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const signOut = await postJson(`${server.url}/api/auth/sign-out`, {}, { origin, cookie });
    expect(signOut.status).toBe(403);
    expect(await server.database.sql`select 1 from session`).toHaveLength(1);
  });
});

describe("a foreign page", () => {
  test("can neither sign somebody in nor sign anybody up, by fetch or by a form", async () => {
    await using server = await startTestServer();
    const { email, password } = await signUp(server.url);
    for (const path of ["/api/auth/sign-in/email", "/api/auth/sign-up/email"]) {
      for (const headers of [
        { origin: "https://evil.example" },
        { "sec-fetch-site": "cross-site" },
        { origin: "null" },
      ]) {
        const response = await fetch(server.url + path, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
          body: new URLSearchParams({ email, password, name: "Eve" }),
        });
        expect(response.status).toBe(403);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
    }
  });

  test("cannot name itself as the place to go after signing in", async () => {
    await using server = await startTestServer();
    const { email, password } = await signUp(server.url);
    const body = { email, password, callbackURL: "https://evil.example/" };
    const response = await postJson(`${server.url}/api/auth/sign-in/email`, body);
    expect(response.status).toBe(403);
  });
});

describe("an answer", () => {
  test("carries a request id: the caller's if it is a plain one, ours otherwise", async () => {
    await using server = await startTestServer();
    const ask = async (id: string) =>
      (await fetch(`${server.url}/livez`, { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await ask("trace-0123456789")).toBe("trace-0123456789");
    for (const bad of ["short", "x".repeat(65), 'inject"quote-here'])
      expect(await ask(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("carries the security headers, on success and on refusal", async () => {
    await using server = await startTestServer();
    for (const path of ["/livez", "/nothing", "/api/auth/token", "/api/auth/get-session"]) {
      const { headers } = await fetch(server.url + path);
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("referrer-policy"), path).toBe("no-referrer");
      expect(headers.get("cache-control"), path).toContain("no-store");
    }
  });

  test("leaves nothing in the log of where it wanted to go on to and may not", async () => {
    await using server = await startTestServer();
    const callbackURL = "https://evil.example/?email=ada@example.com";
    const { status } = await postJson(`${server.url}/api/auth/sign-in/magic-link`, {
      email: newEmail(),
      callbackURL,
    });
    expect(status).toBe(403);
    const followed = await fetch(
      `${server.url}/api/auth/verify-email?token=x&callbackURL=${encodeURIComponent(callbackURL)}`,
    );
    expect(followed.status).toBe(403);
    expect(server.log.filter((line) => line.includes("Invalid callbackURL"))).toHaveLength(2);
    expect(server.log.filter((line) => line.includes("evil.example"))).toEqual([]);
  });

  test("is one line in the log with id, path, status and time", async () => {
    await using server = await startTestServer();
    await fetch(`${server.url}/api/auth/token?secret=canary`, { headers: { "x-request-id": "find-me-1" } });
    const line = server.log
      .map((text) => JSON.parse(text))
      .find(({ requestId }) => requestId === "find-me-1");
    expect(line).toMatchObject({
      method: "GET",
      path: "/api/auth/token",
      status: 401,
      ms: expect.any(Number),
    });
    expect(server.log.join("")).not.toContain("canary");
  });
});
