// The WebSocket adapter at the handshake: who may open a socket, how many, and how the others are refused.
import { once } from "node:events";
import { connect } from "node:net";
import { createVerifier } from "@keyturn/verifier";
import { bearer, requireRole, requireUser } from "@keyturn/verifier/ws";
import { describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { AUDIENCE, forge, inSeconds } from "../support/forge.ts";
import { startIssuer, until } from "../support/issuer.ts";
import { handshake, headersFor, open, refusedAs, startFeed, type Verifies, verifier } from "./feed.ts";

describe("a handshake", () => {
  test("is let in with the token in Authorization", async () => {
    await using feed = await startFeed();
    const socket = await open(feed, forge({ plan: "pro" }));
    expect(feed.authAt(0)).toMatchObject({ userId: "user_1", claims: { plan: "pro" } });
    socket.send("hello");
    await until(() => feed.heard.length > 0);
    expect(feed.heard).toEqual(["hello"]);
  });

  test("is let in with the token as a subprotocol, as browsers can send it, and never sends it back", async () => {
    await using feed = await startFeed();
    const token = forge();
    const socket = new WebSocket(feed.url, ["bearer", token]);
    const [[response]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
    expect(socket.protocol).toBe("bearer");
    expect(JSON.stringify(response.rawHeaders)).not.toContain(token);
    expect(feed.authAt(0).userId).toBe("user_1");
  });

  test("keeps the token from whoever chooses the subprotocol", async () => {
    const offered: string[] = [];
    const handleProtocols = (protocols: Set<string>): string => {
      offered.push(...protocols);
      return "chat";
    };
    await using feed = await startFeed({}, verifier, { handleProtocols });
    const socket = new WebSocket(feed.url, ["chat", "bearer", forge()]);
    await once(socket, "open");
    expect([socket.protocol, offered]).toEqual(["chat", ["chat", "bearer"]]);
  });

  test.each([
    ["no token", () => ({}), "token_missing"],
    ["another scheme", () => ({ headers: { authorization: "Basic dXNlcjpwYXNz" } }), "token_missing"],
    ["a malformed token", () => headersFor("a.b"), "token_malformed"],
    ["an expired token", () => headersFor(forge({ exp: inSeconds(-60) })), "token_expired"],
    ["another audience", () => headersFor(forge({ aud: "https://other.example.com" })), "audience_refused"],
  ])("with %s is refused with 401, a challenge and problem details", async (_, options, code) => {
    await using feed = await startFeed();
    const { status, headers, body } = await refusedAs(new WebSocket(feed.url, options()));
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toMatch(
      code === "token_missing" ? /^Bearer$/ : /error="invalid_token"/,
    );
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
    });
    expect(JSON.parse(body)).toMatchObject({ status: 401, code });
    expect(feed.opened).toEqual([]);
  });

  test.each([["bearer"], ["bearer", forge({ exp: inSeconds(-60) })], [forge(), "bearer"]])(
    "with the subprotocols %s, %s is refused with 401",
    async (...protocols) => {
      await using feed = await startFeed();
      const { status, headers, body } = await refusedAs(new WebSocket(feed.url, protocols));
      expect(status).toBe(401);
      for (const one of protocols)
        if (one !== "bearer") expect(JSON.stringify(headers) + body).not.toContain(one);
    },
  );

  test("with the token in its URL is refused with 401", async () => {
    await using feed = await startFeed();
    const token = forge();
    const refused = await refusedAs(new WebSocket(`${feed.url}/?access_token=${token}&token=${token}`));
    expect(refused.status).toBe(401);
    expect(JSON.stringify(refused)).not.toContain(token);
  });

  test("for another user's path, or without a role, is refused with 403", async () => {
    await using feed = await startFeed({
      guards: [requireUser("user_id", "/feeds/:user_id"), requireRole("reader")],
    });
    const socket = await open(feed, forge({ roles: ["reader"] }), "/feeds/user_1?from=1");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    for (const path of ["/feeds/user_2", "/feeds/user_1/more", "/", "//feeds/user_1"]) {
      const { status, body } = await refusedAs(
        new WebSocket(feed.url + path, headersFor(forge({ roles: ["reader"] }))),
      );
      expect([status, JSON.parse(body).code], path).toEqual([403, "user_mismatch"]);
    }
    const { status, body } = await refusedAs(new WebSocket(`${feed.url}/feeds/user_1`, headersFor(forge())));
    expect([status, JSON.parse(body)]).toMatchObject([403, { detail: "The role reader is missing." }]);
  });

  test("is refused with 503, and when to come back, while there are no keys", async () => {
    await using issuer = await startIssuer();
    issuer.instead = (response) => response.destroy();
    const waiting = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
    await using feed = await startFeed({}, waiting);
    const { status, headers, body } = await refusedAs(
      new WebSocket(feed.url, headersFor(await issuer.token())),
    );
    expect([status, headers["retry-after"], JSON.parse(body).code]).toEqual([503, "5", "keys_unavailable"]);
    waiting.close();
  });

  test("is answered with 500 and reported on the server when a guard has a bug", async () => {
    await using feed = await startFeed({
      guards: [
        () => {
          throw new Error("a bug");
        },
      ],
    });
    const { status, body } = await refusedAs(new WebSocket(feed.url, headersFor(forge())));
    expect([status, body]).toEqual([500, ""]);
    expect(feed.errors).toEqual([new Error("a bug")]);
  });

  test.each([
    ["let in", forge()],
    ["refused", forge({ exp: inSeconds(-60) })],
  ])("that is broken off before it is %s does no harm and takes no seat", async (_, token) => {
    const asked = Promise.withResolvers<void>();
    const verified = Promise.withResolvers<void>();
    const verify: Verifies["verify"] = async (one) => {
      asked.resolve();
      await verified.promise;
      return verifier.verify(one);
    };
    await using feed = await startFeed({ perUser: 1 }, { verify });
    const gone = connect(Number(new URL(feed.url).port), "127.0.0.1");
    gone.write(handshake(`authorization: Bearer ${token}`));
    await asked.promise;
    gone.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    verified.resolve();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await open(feed, forge());
    expect(feed.opened).toHaveLength(1);
  });
});

describe("a user", () => {
  test("may have only so many sockets, and gets a seat back for each one closed", async () => {
    await using feed = await startFeed({ perUser: 2 });
    const first = await open(feed, forge());
    await open(feed, forge());
    const { status, body } = await refusedAs(new WebSocket(feed.url, headersFor(forge())));
    expect([status, JSON.parse(body)]).toMatchObject([429, { title: "Too Many Requests" }]);
    expect((await open(feed, forge({ sub: "user_2" }))).readyState).toBe(WebSocket.OPEN);
    first.close();
    await vi.waitFor(async () => open(feed, forge()).catch(() => expect.fail("no seat yet")));
  });

  test("loses no seat to a handshake that fails after the token was verified", async () => {
    await using feed = await startFeed({ perUser: 1 });
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await new Promise<string>((resolve) => {
        const raw = connect(Number(new URL(feed.url).port), "127.0.0.1");
        raw.write(handshake(`authorization: Bearer ${forge()}`, "sec-websocket-key: none"));
        let text = "";
        raw.on("data", (data) => (text += String(data))).on("close", () => resolve(text));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
    await open(feed, forge());
  });
});

test.each([{ perUser: 0 }, { perUser: Number.NaN }, { heartbeat: 0 }, { heartbeat: 2 ** 31 }])(
  "%j cannot be meant",
  (options) => {
    expect(() => bearer(verifier, new WebSocketServer({ noServer: true }), options)).toThrow(TypeError);
  },
);

test("a path without the parameter asked for cannot be meant", () => {
  expect(() => requireUser("user_id", "/feeds/:id")).toThrow(TypeError);
});
