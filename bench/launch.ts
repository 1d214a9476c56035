/** How each contender is started. What the bare ones are is in `contenders/`. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { createValueSigner } from "../src/sessions/signed-value.ts";
import type { Child } from "./child.ts";
import type { Stage } from "./stage.ts";

/** What `npm start` runs, minus npm: default settings, default log level. */
const KEYTURN = readStartScript();
/** The same, counting as always, but with limits no measurement reaches. */
const KEYTURN_FOR_CROWDS = KEYTURN.map((arg) => (arg === "src/main.ts" ? "bench/keyturn.ts" : arg));

const secrets = {
  BETTER_AUTH_SECRETS: newSecret(),
  KEY_ENCRYPTION_KEYS: newSecret(),
};

const signer = createValueSigner([{ version: 1, value: secrets.BETTER_AUTH_SECRETS.slice("1:".length) }]);

/** The bearer of a session that was written straight into the database. */
export const signedSession = (token: string): string => signer.sign(token);

/** On the Postgres that all contenders share. Another schema is another Keyturn, with nobody in it. */
export async function startKeyturn(stage: Stage, schema = "auth"): Promise<Child> {
  const DATABASE_URL = await stage.postgres();
  return stage.start({
    name: "keyturn",
    args: KEYTURN_FOR_CROWDS,
    environment: (url) => ({ ...secrets, DATABASE_URL, DATABASE_SCHEMA: schema, ISSUER: url }),
    readyPath: "/readyz",
  });
}

/** On an embedded Postgres of its own, as on somebody's first day. */
export const startKeyturnAlone = (stage: Stage, dataDir: string): Promise<Child> =>
  stage.start({
    name: "keyturn-alone",
    args: KEYTURN,
    environment: () => ({ DATA_DIR: dataDir }),
    readyPath: "/readyz",
  });

/** Answers `path` with `body` and `headers`. */
export const startBareHono = (
  stage: Stage,
  path: string,
  { body, headers }: { body: string; headers: Readonly<Record<string, string>> },
): Promise<Child> =>
  stage.start({
    name: "bare-hono",
    args: ["bench/contenders/bare-hono.ts"],
    environment: () => ({
      NODE_ENV: "production",
      ROUTE: path,
      BODY: body,
      HEADERS: JSON.stringify(headers),
    }),
    readyPath: path,
  });

export async function startBareBetterAuth(stage: Stage): Promise<Child> {
  const DATABASE_URL = await stage.postgres();
  return stage.start({
    name: "bare-better-auth",
    args: ["bench/contenders/bare-better-auth.ts"],
    environment: (url) => ({ NODE_ENV: "production", DATABASE_URL, SECRET: newSecret(), BASE_URL: url }),
    readyPath: "/api/auth/ok",
  });
}

function newSecret(): string {
  return `1:${randomBytes(32).toString("base64")}`;
}

function readStartScript(): string[] {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { scripts } = z.object({ scripts: z.object({ start: z.string() }) }).parse(JSON.parse(text));
  const [program, ...args] = scripts.start.split(" ");
  if (program !== "node") throw new Error(`expected npm start to run node, got ${scripts.start}`);
  return args;
}
