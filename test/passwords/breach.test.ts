/** The breach check, against a range server on loopback that answers, pads, fails and hangs. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { newEmail, postJson } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const BREACHED = "a mule and a lantern";
const FINE = "a lantern and a mule";
const sha1 = (text: string) => createHash("sha1").update(text).digest("hex").toUpperCase();

async function startRangeServer(answer: RequestListener) {
  const asked: { path: string; padding: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? "", padding: String(request.headers["add-padding"]) });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/range/`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const signUpWith = (server: TestServer, password: string) =>
  postJson(`${server.url}/api/auth/sign-up/email`, { email: newEmail(), name: "Grace", password });
const troubles = ({ log }: TestServer) => log.filter((line) => line.includes("breach check does not answer"));

describe("the breach check", () => {
  test("refuses what is in the range, and tells no more than five characters of its SHA-1", async () => {
    await using range = await startRangeServer((_, response) =>
      response.end(
        [
          `${"0".repeat(35)}:7`,
          `${sha1(BREACHED).slice(5)}:42`,
          // What only pads has a count of 0.
          `${sha1(FINE).slice(5)}:0`,
        ].join("\r\n"),
      ),
    );
    await using server = await startTestServer({ env: { PASSWORD_BREACH_CHECK_URL: range.url } });
    const refused = await signUpWith(server, BREACHED);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: "PASSWORD_TOO_COMMON",
      detail: expect.stringContaining("breach"),
      errors: [{ field: "password" }],
    });
    expect((await signUpWith(server, FINE)).status).toBe(200);
    expect(range.asked).toEqual([
      { path: `/range/${sha1(BREACHED).slice(0, 5)}`, padding: "true" },
      { path: `/range/${sha1(FINE).slice(0, 5)}`, padding: "true" },
    ]);
  });

  test("is not asked about a common password, nor when somebody signs in", async () => {
    await using range = await startRangeServer((_, response) => response.end(""));
    await using server = await startTestServer({ env: { PASSWORD_BREACH_CHECK_URL: range.url } });
    await signUpWith(server, "password123");
    await postJson(`${server.url}/api/auth/sign-in/email`, { email: newEmail(), password: FINE });
    expect(range.asked).toEqual([]);
  });

  test.each<[string, RequestListener]>([
    ["answers 500", (_, response) => response.writeHead(500).end("oh no")],
    ["redirects", (_, response) => response.writeHead(302, { location: "https://example.com" }).end()],
    ["hangs", () => {}],
    [
      "answers without end",
      (_, response) => {
        const more = (error?: Error | null) => {
          if (!error && response.writable)
            response.write("F".repeat(65_536), (failure) => setImmediate(more, failure));
        };
        more();
      },
    ],
  ])("lets a password pass when its server %s, with one line in the log", async (_, answer) => {
    await using range = await startRangeServer(answer);
    await using server = await startTestServer({ env: { PASSWORD_BREACH_CHECK_URL: range.url } });
    const start = performance.now();
    expect((await signUpWith(server, FINE)).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(3_000);
    expect((await signUpWith(server, `${FINE}s`)).status).toBe(200);
    expect(troubles(server)).toHaveLength(1);
    expect(server.log.join("")).not.toContain(FINE);
    expect(server.log.join("")).not.toContain(sha1(FINE).slice(0, 5));
  });
});
