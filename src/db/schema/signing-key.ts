/** One row per signing key, kept for good. What the states mean is `keys/`'s business; that they cannot contradict each other is ours. */
import { sql } from "drizzle-orm";
import { bigint, check, index, json, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const signingKey = pgTable(
  "signing_key",
  {
    /** RFC 7638 thumbprint. */
    kid: text("kid").primaryKey(),
    alg: text("alg").notNull(),
    state: text("state").notNull(),
    /** `json`, not `jsonb`: the members stay in the order they are published in. */
    publicJwk: json("public_jwk").$type<Readonly<Record<string, string>>>().notNull(),
    /** AES-256-GCM, `v<version>.<iv>.<ciphertext and tag>`; erased when the key stops signing. */
    sealedPrivateKey: text("sealed_private_key"),
    announcedAt: time("announced_at").notNull(),
    activatesAt: time("activates_at").notNull(),
    /** The longest time it may have to stay public after it stops signing, over all replicas that may sign with it. */
    verifyingPeriodMs: bigint("verifying_period_ms", { mode: "number" }).notNull().default(0),
    supersededAt: time("superseded_at"),
    retiresAt: time("retires_at"),
    revokedAt: time("revoked_at"),
    revocationReason: text("revocation_reason"),
  },
  (table) => [
    uniqueIndex("signing_key_one_signing").on(table.alg).where(sql`${table.state} = 'signing'`),
    uniqueIndex("signing_key_one_announced").on(table.alg).where(sql`${table.state} = 'announced'`),
    index("signing_key_state_index").on(table.state),
    check(
      "signing_key_state",
      sql`${table.state} in ('announced', 'signing', 'verifying', 'retired', 'revoked')`,
    ),
    check(
      "signing_key_private_half",
      sql`(${table.sealedPrivateKey} is not null) = (${table.state} in ('announced', 'signing'))`,
    ),
    check(
      "signing_key_revocation",
      sql`(${table.state} = 'revoked') = (${table.revokedAt} is not null and ${table.revocationReason} is not null)`,
    ),
  ],
);
