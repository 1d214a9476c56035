// The WebSocket adapter after the handshake: how long a socket lives, how its token is renewed, what listeners see.
import { once } from "node:events";
import { connect } from "node:net";
import { createVerifier, VerifierError } from "@keyturn/verifier";
import { requireRole } from "@keyturn/verifier/ws";
import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "../support/forge.ts";
import { until } from "../support/issuer.ts";
import { handshake, open, startFeed, type Verifies, verifier } from "./feed.ts";

async function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason) };
}

const renew = (socket: WebSocket, token: unknown): void =>
  socket.send(JSON.stringify({ type: "auth", token }));
const answerTo = async (socket: WebSocket): Promise<unknown> =>
  JSON.parse(String((await once(socket, "message"))[0]));
/** An `exp` in parts of a second, as RFC 7519 §2 allows. */
const exp = (seconds: number): number => Date.now() / 1000 + seconds;

describe("a socket", () => {
  test("is closed with 1008 when its token expires", async () => {
    await using feed = await startFeed();
    const socket = await open(feed, forge({ exp: exp(0.3) }));
    expect(await closing(socket)).toEqual({ code: 1008, reason: "token_expired" });
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(feed.authAt(0).expiresAt.getTime() / 1000);
  });

  test("is not heard any more once its token has expired, even if the client does not close", async () => {
    await using feed = await startFeed();
    const { port } = new URL(feed.url);
    const raw = connect(Number(port), "127.0.0.1");
    raw.write(handshake(`authorization: Bearer ${forge({ exp: exp(0.3) })}`));
    await once(raw, "data");
    // A masked text frame (RFC 6455 §5.2) that says "a", with a mask of zeros.
    const frame = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]);
    raw.write(frame);
    await until(() => feed.heard.length === 1);
    await once(raw, "data");
    raw.write(frame);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(feed.heard).toEqual(["a"]);
    raw.destroy();
  });

  test("lives on with a new token of the same user, and no listener sees the token", async () => {
    await using feed = await startFeed();
    const socket = await open(feed, forge({ exp: exp(0.4) }));
    const until = inSeconds(300);
    renew(socket, forge({ exp: until, plan: "pro" }));
    expect(await answerTo(socket)).toEqual({ type: "auth", expiresAt: new Date(until * 1000).toISOString() });
    expect(feed.authAt(0).claims.plan).toBe("pro");
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.send('{"type":"author","token":"mine"}');
    socket.send('["auth"]');
    await vi.waitFor(() => expect(feed.heard).toEqual(['{"type":"author","token":"mine"}', '["auth"]']));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test("takes a binary message for no token", async () => {
    await using feed = await startFeed();
    const socket = await open(feed, forge());
    socket.send(Buffer.from('{"type":"auth","token":""}'));
    await vi.waitFor(() => expect(feed.heard).toEqual(['{"type":"auth","token":""}']));
  });

  test.each([
    ["another user's token", forge({ sub: "user_2" }), "user_mismatch"],
    [
      "a namesake's token from another issuer",
      forge({ iss: "https://other.example.com", roles: ["reader"] }),
      "user_mismatch",
    ],
    ["an expired token", forge({ exp: inSeconds(-60) }), "token_expired"],
    ["no token in it", undefined, "token_missing"],
    ["something else in it", { a: 1 }, "token_missing"],
    ["a token without the role", forge(), "role_missing"],
  ])("is closed with 1008 by a renewal with %s", async (what, token, reason) => {
    const trusting = createVerifier({
      issuer: [ISSUER, "https://other.example.com"],
      audience: AUDIENCE,
      jwks: { keys: [JWK] },
    });
    await using feed = await startFeed(
      { guards: what.includes("role") ? [requireRole("reader")] : [] },
      trusting,
    );
    const socket = await open(feed, forge({ roles: ["reader"] }));
    renew(socket, token);
    expect(await closing(socket)).toEqual({ code: 1008, reason });
    expect(feed.heard).toEqual([]);
  });

  test("stays open when a renewal comes while there are no keys, and says so", async () => {
    let isAway = false;
    const verify: Verifies["verify"] = async (token) => {
      if (isAway) throw new VerifierError("keys_unavailable", "away");
      return verifier.verify(token);
    };
    await using feed = await startFeed({}, { verify });
    const socket = await open(feed, forge({ plan: "free" }));
    isAway = true;
    renew(socket, forge({ plan: "pro" }));
    expect(await answerTo(socket)).toEqual({ type: "auth", code: "keys_unavailable" });
    isAway = false;
    renew(socket, forge({ plan: "pro" }));
    expect(await answerTo(socket)).toMatchObject({ expiresAt: expect.any(String) });
    expect(feed.authAt(0).claims.plan).toBe("pro");
  });

  test("counts the last of several renewals, in whatever order they are verified", async () => {
    const held = Promise.withResolvers<void>();
    const verify: Verifies["verify"] = async (token) => {
      const auth = await verifier.verify(token);
      if (auth.claims.plan === "slow") await held.promise;
      return auth;
    };
    await using feed = await startFeed({}, { verify });
    const socket = await open(feed, forge());
    renew(socket, forge({ plan: "slow" }));
    renew(socket, forge({ plan: "quick" }));
    await answerTo(socket);
    held.resolve();
    socket.send("done");
    await until(() => feed.heard.length > 0);
    expect(feed.authAt(0).claims.plan).toBe("quick");
  });

  test("is closed with 1011, and its listeners told, when a guard has a bug at a renewal", async () => {
    let calls = 0;
    const guard = (): void => {
      if (++calls > 1) throw new Error("a bug");
    };
    await using feed = await startFeed({ guards: [guard] });
    const socket = await open(feed, forge());
    renew(socket, forge());
    expect(await closing(socket)).toEqual({ code: 1011, reason: "" });
    expect(feed.errors).toEqual([new Error("a bug")]);
  });

  test("is cut off when its peer no longer answers pings, and only then", async () => {
    await using feed = await startFeed({ heartbeat: 40 });
    const alive = await open(feed, forge());
    const silent = await open(feed, forge(), "/", { autoPong: false });
    expect(await closing(silent)).toEqual({ code: 1006, reason: "" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(alive.readyState).toBe(WebSocket.OPEN);
  });
});
