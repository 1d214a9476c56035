/** `NAME_FILE` for each secret there is: the file's content is the value, and a file without one is a mistake. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Environment, loadConfig } from "../../src/config.ts";
import { StartupError } from "../../src/errors.ts";
import { SECRET_SETTINGS, settingsSchema } from "../../src/settings.ts";

const CANARY = "canary-canary-canary-canary-canary-canary";

/** Good for one setting or another, and bad for the others. */
const VALUES = [
  `2:${CANARY},1:other-${CANARY}`,
  `1:${Buffer.alloc(32, 7).toString("base64")}`,
  `postgres://u:${CANARY}@db/keyturn`,
  `smtps://u:${CANARY}@mail`,
  `rediss://u:${CANARY}@redis`,
  CANARY,
];

describe.each(SECRET_SETTINGS)("%s from a file", (name) => {
  test("is what it would be from the environment, white space at its ends aside", () => {
    using file = createFile();
    const accepted = VALUES.filter((value) => {
      file.write(`\n ${value} \n`);
      const outcome = outcomeOf({ [`${name}_FILE`]: file.path });
      expect(outcome).toEqual(outcomeOf({ [name]: value }));
      if (typeof outcome === "string") expect(outcome).not.toContain("canary");
      return typeof outcome !== "string";
    });
    expect(accepted.length).toBeGreaterThan(0);
  });

  test.each([
    ["empty", ""],
    ["with nothing but white space", " \n\t\n"],
  ])("%s is a mistake, and not as if it were not set", (_, content) => {
    using file = createFile();
    file.write(content);
    expect(outcomeOf({ [`${name}_FILE`]: file.path })).toContain(
      `${name}_FILE: expected a file with the secret in it, but it is empty`,
    );
  });

  test("that is missing, is a folder, or stands beside the value is a mistake", () => {
    using file = createFile();
    file.write(CANARY);
    for (const path of [`${file.path}-missing`, tmpdir()])
      expect(outcomeOf({ [`${name}_FILE`]: path })).toContain(`${name}_FILE: expected a readable file`);
    const both = outcomeOf({ [`${name}_FILE`]: file.path, [name]: CANARY });
    expect(both).toContain(`${name}_FILE: expected to stand alone, but ${name} is set too`);
    expect(both).not.toContain(CANARY);
  });
});

test("whatever is a secret by its name may come from a file", () => {
  const named = Object.keys(settingsSchema.shape).filter((name) =>
    /SECRET|(?:PASSWORD|TOKEN|KEYS?)$|^(?:DATABASE|SMTP|REDIS)_URL$/.test(name),
  );
  expect(SECRET_SETTINGS).toEqual(expect.arrayContaining(named));
});

/** The configuration, or what is said against it. */
function outcomeOf(environment: Environment): object | string {
  try {
    return loadConfig(environment);
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
}

function createFile() {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-secret-"));
  const path = join(folder, "secret");
  return {
    path,
    write: (content: string) => writeFileSync(path, content),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
