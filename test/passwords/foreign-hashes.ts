/** Hashes made by other software, each with its password: bcrypt's, passlib's and Firebase's own examples among them. */

export interface ForeignHash {
  readonly kind: string;
  readonly hash: string;
  readonly password: string;
}

const PASSWORD = "lantern over the quiet harbour";

export const FOREIGN_HASHES: readonly ForeignHash[] = [
  {
    kind: "bcrypt 2a",
    hash: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    password: "U*U",
  },
  {
    kind: "bcrypt 2b",
    hash: "$2b$08$rl24CWs8shhuqI7mcyaCA.q.jc.h1Bg97pOPcYNKN7uiRy33saiBe",
    password: PASSWORD,
  },
  {
    kind: "bcrypt 2y, as PHP writes it",
    hash: "$2y$10$EUIMpJmU5dW9WOSoej/Vju.G2Rgx/YlqWhDyaEUbfSuHft/BBGZEC",
    password: PASSWORD,
  },
  {
    kind: "scrypt in the PHC form",
    hash: "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$q0VzpbmlPBut2LdVJOFWCBxTGAEh0m/jUYsr6j8T2oE",
    password: PASSWORD,
  },
  {
    kind: "scrypt as Better Auth writes it",
    hash: "000102030405060708090a0b0c0d0e0f:61da43482a4a6ebad5ccfd25af6ec8a2b323ad355e3142c931df58e0d51a283fdec82464a793384931e9b0779cdb748d08bbaa6c1d1fab9d7b14b8e25a5442bd",
    password: PASSWORD,
  },
  {
    kind: "scrypt as Firebase modifies it",
    hash: "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    password: "user1password",
  },
  {
    kind: "PBKDF2-SHA256 in the PHC form",
    hash: "$pbkdf2-sha256$i=29000$AAECAwQFBgcICQoLDA0ODw$evVVIyEznLEY0zM8eU2InHyr3bdpI0PyfLfnfCWA8AQ",
    password: PASSWORD,
  },
  {
    kind: "PBKDF2-SHA256 as passlib writes it",
    hash: "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
    password: "password",
  },
  {
    kind: "PBKDF2-SHA512 as passlib writes it",
    hash: "$pbkdf2-sha512$25000$AAECAwQFBgcICQoLDA0ODw$ZdJTzaX1TMp2NfIWpOumB3Fy/14eUePaFhvA2/0Y4Ta3BnFg/TBFekd6uKriGD56c/CCbmdytHhheReZ73aA6A",
    password: PASSWORD,
  },
  {
    kind: "PBKDF2-SHA1 as passlib writes it",
    hash: "$pbkdf2$131000$AAECAwQFBgcICQoLDA0ODw$aYGj.nnlAX80n2beZsO9ocQHKjY",
    password: PASSWORD,
  },
  {
    kind: "PBKDF2-SHA256 as Django writes it",
    hash: "pbkdf2_sha256$600000$Zr3mQ0vX8yTn$6zNNeAh6KTl6lgrhD1An//dkFwPo7CMqaeoc6T+x1gQ=",
    password: PASSWORD,
  },
  {
    kind: "Argon2i",
    hash: "$argon2i$v=19$m=4096,t=3,p=1$D4iGrrG4QLCQgs1HgSCZlA$xeDQUq6JolfzIceVktzZI16rYExdr3JXIdGq5sAELpY",
    password: PASSWORD,
  },
  {
    kind: "Argon2id with other parameters",
    hash: "$argon2id$v=19$m=65536,t=3,p=4$jXcLdI7eObZNmUg28y8gWg$xC0/Po46h9WNM1eBuWN/4Dcyy8K/hll+by76wjXMJuA",
    password: PASSWORD,
  },
];
