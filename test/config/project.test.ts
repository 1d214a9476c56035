/** keyturn.config.ts: what it may say, and how its mistakes are told. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { declaredBy } from "../../src/access/declared.ts";
import { StartupError } from "../../src/errors.ts";
import { loadProject } from "../../src/project.ts";

const folder = mkdtempSync(join(tmpdir(), "keyturn-project-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function write(text: string): string {
  const path = join(folder, `config-${count++}.ts`);
  writeFileSync(path, text);
  return path;
}

const reasonFor = async (text: string): Promise<string> => {
  const error: unknown = await loadProject(write(text)).catch((reason: unknown) => reason);
  if (!(error instanceof StartupError)) throw new Error("expected a StartupError", { cause: error });
  return error.message;
};

describe("keyturn.config.ts", () => {
  test("need not be there, unless it was asked for by name", async () => {
    expect(await loadProject(undefined)).toEqual({});
    await expect(loadProject(join(folder, "nowhere.ts"))).rejects.toThrow(StartupError);
  });

  test("as the example writes it is loaded, typed and of sense", async () => {
    const example = fileURLToPath(new URL("../../keyturn.config.example.ts", import.meta.url));
    const project = await loadProject(example);
    const { roles, apis } = declaredBy(project, { maxTtl: 300_000, algorithms: ["EdDSA"] });
    expect(roles.map(({ name }) => name)).toEqual(["editor", "reader"]);
    expect(apis).toMatchObject([{ audience: "https://tasks.example.com", tokenTtl: 120_000 }]);
    expect(project.claims).toBeTypeOf("function");
  });

  test("with several mistakes is refused with all of them, each where it is", async () => {
    const reason = await reasonFor(`export default {
      roles: { "no good": { permissions: ["a"] }, editor: { permissions: "tasks:read" } },
      apis: { "https://a.example": { permissions: [], tokenTtl: "soon" } },
      claims: 7,
      mail: { templates: { greeting: () => ({}) } },
      passkeys: { rpId: "https://example.com" },
      pages: { secondFactor: "/code" },
      colours: [],
    }`);
    for (const part of [
      "passkeys.rpId",
      "pages.secondFactor",
      "no good",
      "roles.editor.permissions",
      "tokenTtl",
      "claims",
      "greeting",
      "colours",
    ]) {
      expect(reason).toContain(part);
    }
  });

  test.each([
    ["that throws", "throw new Error('not today')", "not today"],
    ["that is no TypeScript", "export default {", "cannot be loaded"],
    ["without a default export", "export const config = {}", "its default export: "],
  ])("%s is refused with the reason", async (_, text, reason) => {
    expect(await reasonFor(text)).toContain(reason);
  });

  test("with permissions and tokens that cannot be is refused with all of them", () => {
    const project = {
      roles: { editor: { permissions: ["no good"] } },
      apis: { a: { permissions: ["*:x"], tokenTtl: "1h", algorithm: "ES256" as const } },
    };
    const declare = () => declaredBy(project, { maxTtl: 300_000, algorithms: ["EdDSA"] });
    for (const part of [/role editor: .*no good/, /API a: .*\*:x/, /API a: .*lifetime/, /API a: .*ES256/]) {
      expect(declare).toThrow(part);
    }
  });
});
