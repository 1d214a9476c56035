/** The `signing_key` table: rows in, keys out, transitions written. Decides nothing. */
import { eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "../db/database.ts";
import { signingKey } from "../db/schema/signing-key.ts";
import { ALGORITHMS, type Algorithm } from "../settings.ts";
import type { GeneratedKey } from "./generate.ts";
import type { Key, PublicJwk } from "./key.ts";
import type { Transition } from "./lifecycle.ts";
import type { Sealer } from "./sealing.ts";

/** A key with what it is made of. The private half is there only while the key may still sign. */
export interface StoredKey {
  readonly key: Key;
  readonly publicJwk: PublicJwk;
  readonly sealedPrivateKey: string | null;
}

type Row = typeof signingKey.$inferSelect;

/** Every key that is not `retired` or `revoked`, oldest first: what a replica needs to sign and publish. */
export async function readLiveKeys(db: Database | Transaction): Promise<StoredKey[]> {
  const rows = await db
    .select()
    .from(signingKey)
    .where(inArray(signingKey.state, ["announced", "signing", "verifying"]))
    .orderBy(signingKey.announcedAt, signingKey.kid);
  return rows.map(toStoredKey);
}

/** Every key there ever was, newest first. */
export async function readAllKeys(db: Database | Transaction): Promise<StoredKey[]> {
  const rows = await db
    .select()
    .from(signingKey)
    .orderBy(sql`${signingKey.announcedAt} desc`, signingKey.kid);
  return rows.map(toStoredKey);
}

/** The one clock all replicas share: milliseconds since the epoch. */
export async function readDatabaseTime(db: Database | Transaction): Promise<number> {
  const [row] = await db.execute<{ now: string }>(
    sql`select extract(epoch from clock_timestamp()) * 1000 as now`,
  );
  if (row === undefined) throw new Error("the database did not tell its time");
  return Math.floor(Number(row.now));
}

export async function insertKey(
  tx: Transaction,
  made: GeneratedKey,
  sealer: Sealer,
  {
    state,
    announcedAt,
    activatesAt,
  }: { state: "announced" | "signing"; announcedAt: number; activatesAt: number },
): Promise<void> {
  await tx.insert(signingKey).values({
    kid: made.kid,
    alg: made.alg,
    state,
    publicJwk: made.publicJwk,
    sealedPrivateKey: sealer.seal(made.kid, made.privateKey),
    announcedAt: new Date(announcedAt),
    activatesAt: new Date(activatesAt),
  });
}

type Change = Exclude<Transition, { type: "announce" }>;

export async function updateKey(tx: Transaction, change: Change): Promise<void> {
  await tx.update(signingKey).set(columnsOf(change)).where(eq(signingKey.kid, change.kid));
}

/** Leaving `signing` erases the private half in the same statement. */
function columnsOf(change: Change): Partial<Row> {
  switch (change.type) {
    case "reschedule":
      return { activatesAt: new Date(change.activatesAt) };
    case "activate":
      return { state: "signing", activatesAt: new Date(change.at) };
    case "supersede":
      return {
        state: "verifying",
        supersededAt: new Date(change.at),
        retiresAt: new Date(change.retiresAt),
        sealedPrivateKey: null,
      };
    case "retire":
      return { state: "retired", sealedPrivateKey: null };
  }
}

function toStoredKey(row: Row): StoredKey {
  return { key: toKey(row), publicJwk: row.publicJwk, sealedPrivateKey: row.sealedPrivateKey };
}

function toKey(row: Row): Key {
  const { kid, alg, state, supersededAt, retiresAt } = row;
  const times = { kid, announcedAt: row.announcedAt.getTime(), activatesAt: row.activatesAt.getTime() };
  if (!isAlgorithm(alg)) throw new Error(`signing_key ${kid} has an algorithm this Keyturn does not know`);
  if (state === "announced" || state === "signing" || state === "retired" || state === "revoked") {
    return { ...times, alg, state };
  }
  if (state === "verifying" && supersededAt !== null && retiresAt !== null) {
    return { ...times, alg, state, supersededAt: supersededAt.getTime(), retiresAt: retiresAt.getTime() };
  }
  throw new Error(`signing_key ${kid} has an impossible state`);
}

const isAlgorithm = (name: string): name is Algorithm => ALGORITHMS.some((known) => known === name);
