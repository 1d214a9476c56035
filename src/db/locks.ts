/** Numbers of our advisory locks, in one place so that no two mean the same. Spelled from ASCII: "keyt" and a digit. */

/** Held while migrations run. */
export const MIGRATION_LOCK = 0x6b65_7974_01;
/** Held by the transaction that changes signing keys. */
export const KEYS_LOCK = 0x6b65_7974_02;
/** Held while the first administrator is chosen. */
export const FIRST_ADMIN_LOCK = 0x6b65_7974_03;
/** Held by the transaction that takes an administrator away. */
export const LAST_ADMIN_LOCK = 0x6b65_7974_04;
