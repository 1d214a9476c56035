/** `keyturn keys probe`: verifiers that have cached a revoked key are made to fetch the JWKS. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { kidOf, kidsOf, revoke } from "../support/keys.ts";
import { asBearer, signUp, tokenOf } from "../support/people.ts";
import { runKeyturn } from "../support/process.ts";
import { startResourceServer } from "../support/resource-server.ts";
import { freePort, startTestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";

describe("keyturn keys probe", () => {
  test("ends the trust of a resource server in a revoked key, with one request that is refused", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA" } });
    await using api = await startResourceServer(server.url);
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const token = await tokenOf(server.url, bearer);
    const ask = async () => (await fetch(`${api.url}/me`, asBearer(token))).status;
    expect(await ask()).toBe(200);
    await revoke(server, bearer, await kidOf(server.database, "signing"));
    expect(await ask()).toBe(200);
    expect(api.fetches()).toBe(1);

    const asked = api.requests.length;
    const began = Math.floor(Date.now() / 1000);
    const { code, output } = await runKeyturn(["keys", "probe", `${api.url}/me`], {
      ISSUER: server.url,
      KEY_ALGORITHMS: "EdDSA",
    });
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/\/me +EdDSA +401 +refused: Bearer error="invalid_token"\n$/),
    });
    expect(api.requests).toHaveLength(asked + 1);
    expect(api.fetches()).toBe(2);
    expect(await ask()).toBe(401);

    const [, probe = ""] =
      /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(api.requests[asked]?.headers.authorization ?? "") ?? [];
    const { kid, ...header } = decodeProtectedHeader(probe);
    expect(header).toEqual({ alg: "EdDSA", typ: "JWT" });
    expect(kid).toMatch(/^[\w-]{43}$/);
    expect(await kidsOf(server)).not.toContain(kid);
    expect(await server.database.sql`select 1 from signing_key where kid = ${kid ?? ""}`).toEqual([]);
    const { iss, aud, iat = 0, exp = 0, sub } = decodeJwt(probe);
    expect({ iss, aud, sub }).toEqual({ iss: server.url, aud: server.url, sub: "keyturn-probe" });
    expect(iat).toBeGreaterThanOrEqual(began);
    expect(exp - iat).toBeLessThanOrEqual(60);
  });

  test("says of each URL what its answer means, and fails unless all of them refused", async () => {
    await using api = await startResourceServer("http://localhost");
    const closed = `http://localhost:${await freePort()}/`;
    const statuses = [200, 302, 401, 403, 404, 500];
    const urls = [...statuses.map((status) => `${api.url}/${status}`), closed];
    const args = ["keys", "probe", "--audience", "https://api.example.com", "--alg", "ES256"];
    const { code, output } = await runKeyturn([...args, ...urls, "--json"], {});
    expect(code).toBe(1);
    const { results } = JSON.parse(output);
    expect(results).toEqual([
      {
        url: urls[0],
        alg: "ES256",
        status: 200,
        refused: false,
        answer: expect.stringContaining("NOT REFUSED"),
      },
      {
        url: urls[1],
        alg: "ES256",
        status: 302,
        refused: false,
        answer: expect.stringContaining("NOT REFUSED"),
      },
      {
        url: urls[2],
        alg: "ES256",
        status: 401,
        refused: true,
        answer: expect.stringContaining("invalid_token"),
      },
      {
        url: urls[3],
        alg: "ES256",
        status: 403,
        refused: false,
        answer: expect.stringContaining("perhaps before"),
      },
      {
        url: urls[4],
        alg: "ES256",
        status: 404,
        refused: false,
        answer: expect.stringContaining("did not get to the token"),
      },
      {
        url: urls[5],
        alg: "ES256",
        status: 500,
        refused: false,
        answer: expect.stringContaining("could not verify"),
      },
      {
        url: closed,
        alg: "ES256",
        status: null,
        refused: false,
        answer: expect.stringMatching(/^unreachable: .*ECONNREFUSED/),
      },
    ]);
    // A redirect is not followed: the token goes where the operator said.
    expect(api.requests.map(({ path }) => path).toSorted()).toEqual(statuses.map((status) => `/${status}`));
    const token = (api.requests[0]?.headers.authorization ?? "").slice("Bearer ".length);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES256", typ: "JWT" });
    expect(decodeJwt(token)).toMatchObject({ iss: "http://localhost:3000", aud: "https://api.example.com" });
  });

  test("sends a token of each algorithm, and fails in a line for each that was not refused", async () => {
    await using api = await startResourceServer("http://localhost");
    const closed = `http://localhost:${await freePort()}/`;
    const { code, output } = await runKeyturn(["keys", "probe", `${api.url}/200`, closed], {});
    expect(code).toBe(1);
    const [head, ...lines] = output.trimEnd().split("\n");
    expect(head).toMatch(/^URL +ALG +STATUS +ANSWER$/);
    expect(lines).toEqual([
      expect.stringMatching(/\/200 +EdDSA +200 +NOT REFUSED: /),
      expect.stringMatching(/\/200 +RS256 +200 +NOT REFUSED: /),
      expect.stringMatching(/ +EdDSA +- +unreachable: .*ECONNREFUSED/),
      expect.stringMatching(/ +RS256 +- +unreachable: .*ECONNREFUSED/),
    ]);
    const headers = api.requests.map(({ headers: { authorization = "" } }) =>
      decodeProtectedHeader(authorization.slice("Bearer ".length)),
    );
    expect(headers.map(({ alg }) => alg)).toEqual(["EdDSA", "RS256"]);
    expect(new Set(headers.map(({ kid }) => kid)).size).toBe(2);
  });

  test("of something that is no http(s) URL is refused with an example, and nobody is asked", async () => {
    await using api = await startResourceServer("http://localhost");
    for (const wrong of ["api.example.com/me", "ftp://api.example.com/"]) {
      const { code, output } = await runKeyturn(["keys", "probe", `${api.url}/401`, wrong], {});
      expect(code, wrong).toBe(1);
      expect(output).toContain("expected an http(s) URL such as https://api.example.com/me");
      expect(output).not.toContain("    at ");
    }
    expect(api.requests).toEqual([]);
  });
});
