/** docs/configuration.md and .env.example say what `src/settings.ts` says. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderConfiguration, renderEnvExample } from "../../docs/generate-configuration.ts";
import { loadConfig } from "../../src/config.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the configuration as documented", () => {
  test.each([
    ["docs/configuration.md", renderConfiguration],
    [".env.example", renderEnvExample],
  ] as const)("%s is what `npx node docs/generate-configuration.ts` writes", (path, render) => {
    expect(read(path)).toBe(render());
  });

  test("has every default as it is written, durations too", () => {
    expect(renderConfiguration()).toMatch(/^\| `TOKEN_TTL` +\| `5m` +\| Lifetime of /m);
    expect(renderConfiguration()).not.toMatch(/300000|undefined|\[object/);
  });

  test("may be taken over as it is: with nothing commented out, the defaults are accepted", () => {
    const lines = [...renderEnvExample().matchAll(/^# ([A-Z_]+)=(.*)$/gm)];
    const environment = Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
    expect(Object.keys(environment).length).toBeGreaterThan(20);
    expect(loadConfig(environment)).toEqual(loadConfig({}));
  });
});
