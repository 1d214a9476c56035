/** One line of an import: what it may say, and what is wrong with it. Pure. */
import { z } from "zod";
import { DEFAULT_ROLE } from "../../access/roles.ts";
import { ANONYMOUS, COMMAND_LINE, SCHEDULER } from "../../audit/audit.ts";
import { readStoredHash } from "../passwords/stored-hash.ts";

/** A person as they are written to the database. */
export interface ImportedPerson {
  readonly line: number;
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
  readonly image: string | null;
  readonly username: string | null;
  readonly displayUsername: string | null;
  readonly role: string;
  readonly banned: boolean;
  readonly createdAt: Date;
  readonly passwordHash: string | null;
}

/** A line that was not imported. The reasons hold nothing of its content. */
export interface RefusedLine {
  readonly line: number;
  readonly reasons: readonly string[];
}

export type LineReading = { readonly person: ImportedPerson } | { readonly refused: RefusedLine };

export interface LineContext {
  readonly line: number;
  readonly now: Date;
  readonly newId: () => string;
}

/** Names of those who act without being anybody; in the audit they must stay theirs. */
const RESERVED_IDS: readonly string[] = [COMMAND_LINE.id, SCHEDULER.id, ANONYMOUS];

/** Postgres keeps no NUL and no half of a surrogate pair: one such text would end the import, each time at the same line. */
const isKeepable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();
const KEEPABLE = "expected text without NUL characters and halves of surrogate pairs";

const member = z.strictObject({
  id: z
    .string("expected a text")
    .regex(/^[A-Za-z0-9._:|@-]{1,128}$/, "expected 1 to 128 of A–Z a–z 0–9 . _ : | @ -")
    .refine((id) => !RESERVED_IDS.includes(id), "this id is reserved")
    .optional(),
  email: z
    .email("expected an e-mail address")
    .max(320, "expected at most 320 characters")
    .transform((email) => email.toLowerCase()),
  email_verified: z.boolean("expected true or false").default(false),
  name: z
    .string("expected a text")
    .min(1, "expected at least one character")
    .max(200, "expected at most 200 characters")
    .refine(isKeepable, KEEPABLE)
    .optional(),
  username: z
    .string("expected a text")
    .regex(/^[A-Za-z0-9_.]{3,30}$/, "expected 3 to 30 of A–Z a–z 0–9 _ .")
    .optional(),
  image: z
    .url({ protocol: /^https?$/, error: "expected an http or https URL" })
    .max(2048, "expected at most 2048 characters")
    .refine(isKeepable, KEEPABLE)
    .optional(),
  roles: z
    .array(z.string("expected a text").regex(/^[\w.-]{1,50}$/, "expected a role"), "expected a list of roles")
    .min(1, "expected at least one role")
    .max(20, "expected at most 20 roles")
    .default([DEFAULT_ROLE]),
  banned: z.boolean("expected true or false").default(false),
  created_at: z.iso
    .datetime({ offset: true, error: "expected a time such as 2020-01-31T12:00:00Z" })
    .transform((text) => new Date(text))
    .refine((time) => time.getUTCFullYear() >= 1, "expected a time after the year 0")
    .optional(),
  password_hash: z
    .string("expected a text")
    .refine(isKeepable, KEEPABLE)
    .superRefine((text, context) => {
      const reading = readStoredHash(text);
      if ("mistake" in reading) context.addIssue({ code: "custom", message: reading.mistake });
    })
    .optional(),
});

/** Reads a line of JSON; everything wrong with it is said at once. */
export function readLine(text: string, { line, now, newId }: LineContext): LineReading {
  const json = parseJson(text);
  if (json === undefined) return refused(line, ["expected one JSON object on one line"]);
  const parsed = member.safeParse(json);
  if (!parsed.success) return refused(line, parsed.error.issues.map(describe));
  const { created_at: createdAt = now, username, roles, ...data } = parsed.data;
  if (createdAt > now) return refused(line, ["created_at: expected a time that has passed"]);
  return {
    person: {
      line,
      id: data.id ?? newId(),
      email: data.email,
      name: data.name ?? username ?? data.email.replace(/@.*$/, ""),
      emailVerified: data.email_verified,
      image: data.image ?? null,
      username: username?.toLowerCase() ?? null,
      displayUsername: username ?? null,
      role: [...new Set(roles)].join(","),
      banned: data.banned,
      createdAt,
      passwordHash: data.password_hash ?? null,
    },
  };
}

const refused = (line: number, reasons: readonly string[]): LineReading => ({ refused: { line, reasons } });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `expected no other members than ${Object.keys(member.shape).join(", ")}; got ${issue.keys.length} more`;
  }
  if (issue.path.length === 0) return "expected one JSON object on one line";
  return `${issue.path.join(".")}: ${issue.message}`;
}
