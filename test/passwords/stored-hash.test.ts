/** Reading hashes from elsewhere: which are taken, and the bounds of each kind. */
import { describe, expect, test } from "vitest";
import { readStoredHash } from "../../src/accounts/passwords/stored-hash.ts";
import { FOREIGN_HASHES } from "./foreign-hashes.ts";

const SALT = "AAECAwQFBgcICQoLDA0ODw";
const KEY = "q0VzpbmlPBut2LdVJOFWCBxTGAEh0m/jUYsr6j8T2oE";
const HOUR = `$2b$15$${"a".repeat(53)}`;

describe("a hash from elsewhere", () => {
  test.each(FOREIGN_HASHES)("of the kind $kind is taken", ({ hash }) => {
    expect(readStoredHash(hash)).not.toHaveProperty("mistake");
  });

  test.each([
    ["the cost of bcrypt from 4 to 14, got 15", HOUR],
    ["the cost of bcrypt from 4 to 14, got 3", `$2b$03$${"a".repeat(53)}`],
    ["bcrypt as $2b$12$…", `$2x$10$${"a".repeat(53)}`],
    ["bcrypt as $2b$12$…", `$2b$10$${"a".repeat(52)}`],
    ["ln of scrypt from 10 to 20, got 21", `$scrypt$ln=21,r=8,p=1$${SALT}$${KEY}`],
    ["N × r of scrypt from 1024 to 2097152", `$scrypt$ln=20,r=32,p=1$${SALT}$${KEY}`],
    ["N × r × p of scrypt", `$scrypt$ln=18,r=8,p=16$${SALT}$${KEY}`],
    ["the salt in bytes from 8 to 64", `$scrypt$ln=14,r=8,p=1$AAEC$${KEY}`],
    ["the hash in bytes from 16 to 64", `$scrypt$ln=14,r=8,p=1$${SALT}$AAEC`],
    ["the salt in base64", `$scrypt$ln=14,r=8,p=1$a b$${KEY}`],
    ["the iterations of PBKDF2 from 1000 to 2000000, got 1", `$pbkdf2-sha256$i=1$${SALT}$${KEY}`],
    ["the iterations of PBKDF2", `pbkdf2_sha256$99999999$salt-of-django$${KEY}`],
    ["PBKDF2 as", `$pbkdf2-md5$i=1000$${SALT}$${KEY}`],
    ["m (KiB) of Argon2 from 1024 to 262144", `$argon2id$v=19$m=4194304,t=1,p=1$${SALT}$${KEY}`],
    ["t of Argon2 from 1 to 20", `$argon2id$v=19$m=4096,t=99,p=1$${SALT}$${KEY}`],
    ["m × t of Argon2", `$argon2id$v=19$m=262144,t=20,p=1$${SALT}$${KEY}`],
    ["the version of Argon2 from 19 to 19, got 16", `$argon2id$v=16$m=4096,t=3,p=1$${SALT}$${KEY}`],
    ["Argon2 as", `$argon2d$v=19$m=4096,t=3,p=1$${SALT}$${KEY}`],
    ["bcrypt, scrypt, PBKDF2, Argon2i or Argon2id", "5f4dcc3b5aa765d61d8327deb882cf99"],
    ["bcrypt, scrypt, PBKDF2, Argon2i or Argon2id", ""],
    ["at most 1024 characters", "$2b$".padEnd(2000, "a")],
  ])("is refused with a sentence that says: expected %s", (said, hash) => {
    expect(readStoredHash(hash)).toEqual({ mistake: expect.stringContaining(said) });
  });

  test("is never quoted in what is said of it", () => {
    for (const { hash } of FOREIGN_HASHES) {
      const broken = hash.replace(/[$:]([^$:]*)$/, "$!broken!$1");
      const said = JSON.stringify(readStoredHash(broken));
      expect(said).toContain("mistake");
      expect(said).not.toContain("broken");
      expect(said).not.toContain(hash.slice(-12));
    }
  });
});
