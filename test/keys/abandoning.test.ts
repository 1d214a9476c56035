/** A key-encryption key is lost for good, or a private half is damaged. */
import { createLocalJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { abandonKeys } from "../../src/keys/abandon.ts";
import { keyPolicy } from "../../src/keys/policy.ts";
import { jwksOf, kidOf, statesOf } from "../support/keys.ts";
import { signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runKeyturn } from "../support/process.ts";
import { connectTo, ONE, sealerOf, TWO } from "../support/seals.ts";
import { startTestServer, TEST_SECRETS } from "../support/server.ts";

const KEY_ALGORITHMS = "EdDSA";
const NEW_KEY = { KEY_ENCRYPTION_KEYS: TWO };

test("without the key that sealed them, keys are given up, new ones sign, and tokens given before stay good", async () => {
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, ...TEST_SECRETS, ...NEW_KEY, KEY_ALGORITHMS };
  let token: string;
  {
    await using server = await startTestServer({ database, env: { KEY_ALGORITHMS } });
    token = await tokenOf(server.url, (await signUp(server.url)).bearer);
  }
  await expect(startTestServer({ database, env: { ...NEW_KEY, KEY_ALGORITHMS } })).rejects.toThrow(
    "version 1",
  );
  expect((await runKeyturn(["keys", "abandon"], env)).code).toBe(1);
  expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing"]);
  const { code, output } = await runKeyturn(["keys", "abandon", "--yes", "--json"], env);
  expect(code).toBe(0);
  expect(JSON.parse(output).abandoned).toHaveLength(2);

  await using server = await startTestServer({ database, env: { ...NEW_KEY, KEY_ALGORITHMS } });
  const jwks = createLocalJWKSet(await jwksOf(server));
  const fresh = await tokenOf(server.url, (await signUp(server.url)).bearer);
  for (const each of [token, fresh]) await jwtVerify(each, jwks);
  expect(await statesOf(database)).toEqual([
    "EdDSA announced",
    "EdDSA signing",
    "EdDSA verifying",
    "EdDSA verifying",
  ]);
});

test("of damaged keys only those are given up, and where none is damaged nothing happens", async () => {
  await using server = await startTestServer({ env: { KEY_ALGORITHMS } });
  const { database } = server;
  const env = { DATABASE_URL: database.url, ...TEST_SECRETS, KEY_ALGORITHMS };
  expect((await runKeyturn(["keys", "abandon", "--yes"], env)).output).toContain("nothing was changed");
  const [signing, standby] = [await kidOf(database, "signing"), await kidOf(database, "announced")];
  await database.sql`update signing_key set sealed_private_key = 'garbage' where kid = ${standby}`;
  const { output } = await runKeyturn(["keys", "abandon", "--yes", "--json"], env);
  expect(JSON.parse(output).abandoned).toEqual([standby]);
  await server.server.services.ring.refresh();
  expect(await kidOf(database, "signing")).toBe(signing);
  expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing", "EdDSA verifying"]);
});

test("giving up twice is giving up once, and says who did it; a key that is no usable one any more is not among them", async () => {
  await using database = await createTestDatabase();
  await (await startTestServer({ database, env: { KEY_ALGORITHMS } }))[Symbol.asyncDispose]();
  await using connections = connectTo(database);
  const policy = keyPolicy(loadConfig({ KEY_ALGORITHMS }));
  const abandon = (keys: string) =>
    abandonKeys({ db: connections.db, sealer: sealerOf(keys), policy }, { id: "somebody" });
  expect(await abandon(`${TWO},${ONE}`)).toEqual([]);
  const kids = [await kidOf(database, "signing"), await kidOf(database, "announced")];
  expect((await abandon(TWO)).toSorted()).toEqual(kids.toSorted());
  expect(await abandon(TWO)).toEqual([]);
  const events = await database.sql`select actor, target from audit_event where actor = 'somebody'`;
  expect(events.map(({ target }) => String(target)).toSorted()).toEqual(kids.toSorted());
});
