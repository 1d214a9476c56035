/** openapi.yaml and the app say the same, both ways; the pages load nothing from elsewhere. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createApp } from "../../src/app.ts";
import { asBearer, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly responses: Record<string, unknown>;
}

const document: { paths: Record<string, Record<string, Operation>> } = parse(
  readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8"),
);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    ...operation,
  })),
);

describe("openapi.yaml", () => {
  test("describes every route of ours and no other", async () => {
    await using server = await startTestServer();
    const mounted = createApp(server.server.services)
      .routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const ours = operations.filter(({ tags }) => !tags.includes("accounts")).map(({ route }) => route);
    expect(ours.toSorted()).toEqual([...new Set(mounted)].toSorted());
  });

  test("names account routes that Better Auth really answers", async () => {
    await using server = await startTestServer();
    for (const { route } of operations.filter(({ tags }) => tags.includes("accounts"))) {
      const [method = "", path] = route.split(" ");
      const response = await fetch(server.url + path, { method });
      expect(response.status, route).not.toBe(404);
    }
  });

  test("names every account route that Better Auth answers", async () => {
    await using server = await startTestServer();
    const answered = server.server.services.accounts
      .routes()
      .map((route) => route.replace(" ", " /api/auth").replaceAll(/:(\w+)/g, "{$1}"));
    expect(answered.length).toBeGreaterThan(80);
    const named = new Set(operations.map(({ route }) => route));
    expect(answered.filter((route) => !named.has(route))).toEqual([]);
    const known = new Set(answered);
    const accounts = operations.filter(({ tags }) => tags.includes("accounts")).map(({ route }) => route);
    expect(accounts.filter((route) => !known.has(route))).toEqual([]);
  });

  test("gives each operation its own id", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is served as it is, and every GET of ours answers with a status it names", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL: "admin@example.com" } });
    const served = await fetch(`${server.url}/openapi.yaml`);
    expect(parse(await served.text())).toEqual(document);
    const { bearer } = await signUp(server.url, { email: "admin@example.com" });
    for (const { route, responses } of operations.filter((each) => each.route.startsWith("GET "))) {
      const path = route.slice(4).replace("{name}", "keyturn.css");
      const response = await fetch(server.url + path, { ...asBearer(bearer), redirect: "manual" });
      expect(Object.keys(responses), route).toContain(String(response.status));
    }
  });
});

describe("a page", () => {
  test.each(["/", "/docs", "/two-factor", "/invitation", "/sign-in-error?error=<script>"])(
    "%s loads only files of this server, under a policy that forbids others",
    async (path) => {
      await using server = await startTestServer();
      const response = await fetch(server.url + path);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      const html = await response.text();
      const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = ""]) => target);
      expect(loaded.length).toBeGreaterThan(1);
      for (const target of loaded) {
        expect(target).toMatch(/^\//);
        expect((await fetch(server.url + target)).status).toBe(200);
      }
    },
  );

  test("that does not exist is a 404 problem, whatever tricks the path plays", async () => {
    await using server = await startTestServer();
    for (const path of [
      "/nothing",
      "/assets/..%2f..%2fpackage.json",
      "/assets/constructor",
      "/api/auth/nothing",
      "/admin",
    ]) {
      const response = await fetch(server.url + path);
      expect(response.status, path).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
  });
});
