/** The `signing_key` table: rows in, keys out, transitions written. Decides nothing. */
import { eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "../db/database.ts";
import { signingKey } from "../db/schema/signing-key.ts";
import { ALGORITHMS, type Algorithm } from "../settings.ts";
import type { GeneratedKey } from "./generate.ts";
import type { Key, PublicJwk, UsableKey } from "./key.ts";
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

/** Every private half that is still kept, oldest first, held until the transaction ends. */
export async function lockSealedKeys(tx: Transaction): Promise<StoredKey[]> {
  const rows = await tx
    .select()
    .from(signingKey)
    .where(isNotNull(signingKey.sealedPrivateKey))
    .orderBy(signingKey.announcedAt, signingKey.kid)
    .for("update");
  return rows.map(toStoredKey);
}

export async function insertKey(
  tx: Transaction,
  { kid, alg, publicJwk, privateKey }: GeneratedKey,
  sealer: Sealer,
  { state, announcedAt, activatesAt, verifyingPeriod }: Omit<UsableKey, "kid" | "alg">,
): Promise<void> {
  const sealedPrivateKey = sealer.seal(kid, privateKey);
  privateKey.fill(0);
  await tx.insert(signingKey).values({
    kid,
    alg,
    state,
    publicJwk,
    sealedPrivateKey,
    announcedAt: new Date(announcedAt),
    activatesAt: new Date(activatesAt),
    verifyingPeriodMs: verifyingPeriod,
  });
}

export async function reseal(tx: Transaction, kid: string, sealedPrivateKey: string): Promise<void> {
  await tx.update(signingKey).set({ sealedPrivateKey }).where(eq(signingKey.kid, kid));
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
    case "prolong":
      return { verifyingPeriodMs: change.verifyingPeriod };
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
    case "revoke":
      return {
        state: "revoked",
        revokedAt: new Date(change.at),
        revocationReason: change.reason,
        sealedPrivateKey: null,
      };
  }
}

function toStoredKey(row: Row): StoredKey {
  return { key: toKey(row), publicJwk: row.publicJwk, sealedPrivateKey: row.sealedPrivateKey };
}

function toKey(row: Row): Key {
  const { kid, alg, state } = row;
  if (!isAlgorithm(alg)) throw new Error(`signing_key ${kid} has an algorithm this Keyturn does not know`);
  const times = { kid, alg, announcedAt: row.announcedAt.getTime(), activatesAt: row.activatesAt.getTime() };
  const [supersededAt, retiresAt, revokedAt] = [row.supersededAt, row.retiresAt, row.revokedAt].map((time) =>
    time?.getTime(),
  );
  if (state === "announced" || state === "signing") {
    return { ...times, state, verifyingPeriod: row.verifyingPeriodMs };
  }
  if (
    (state === "verifying" || state === "retired") &&
    supersededAt !== undefined &&
    retiresAt !== undefined
  ) {
    return { ...times, state, supersededAt, retiresAt };
  }
  if (state === "revoked" && revokedAt !== undefined) {
    return { ...times, state, supersededAt, revokedAt, reason: row.revocationReason ?? "" };
  }
  throw new Error(`signing_key ${kid} has an impossible state`);
}

const isAlgorithm = (name: string): name is Algorithm => ALGORITHMS.some((known) => known === name);
