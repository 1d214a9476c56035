/**
 * An API key at the token endpoint: its form, and whom it stands for, in one statement that counts its use as well.
 * Better Auth makes, lists and deletes keys.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { type Person, type PersonRow, toPerson } from "./person.ts";

export const API_KEY_PREFIX = "kt_";
const FORM = /^kt_([\w-]{43})([0-9a-z]{7})$/;

/** Seven characters: CRC-32 in base 36. Against typos, not against guessing. */
export const checksumOf = (random: string): string => crc32(random).toString(36).padStart(7, "0");

/** Whether it can be a key at all; a stranger's guesses end here. */
export function isApiKey(text: string): boolean {
  const [, random, checksum] = FORM.exec(text) ?? [];
  return random !== undefined && checksumOf(random) === checksum;
}

interface ApiKeyBearer {
  readonly keyId: string;
  /** What it may do at most; undefined: all its owner may. */
  readonly permissions: readonly string[] | undefined;
  readonly user: Person;
}

type ApiKeyOutcome =
  | { readonly state: "good"; readonly bearer: ApiKeyBearer }
  /** In its window there have been as many requests as it may make; seconds until the next. */
  | { readonly state: "limited"; readonly retryAfter: number }
  | { readonly state: "unknown" };

export type FindApiKey = (key: string) => Promise<ApiKeyOutcome>;

interface Row extends PersonRow {
  readonly id: string;
  readonly allowed: boolean;
  readonly wait_ms: number;
  readonly metadata: string | null;
}

/**
 * Times are the database's. A window begins with the first request after the last one ended, and a request beyond what a
 * window allows changes nothing, so twenty at once never pass for one too many.
 */
export function createFindApiKey({ $client: sql }: Database): FindApiKey {
  return async (key) => {
    if (!isApiKey(key)) return { state: "unknown" };
    const hash = createHash("sha256").update(key).digest("base64url");
    const [row] = await withinDeadline(sql<Row[]>`
      with found as (
        select api_key.id, metadata, "user".id as user_id, email, email_verified, "user".name, role,
          two_factor_enabled, coalesce(last_request, 'epoch') + make_interval(secs => coalesce(rate_limit_time_window, 0) / 1000.0)
            <= clock_timestamp() as is_new_window,
          not rate_limit_enabled or rate_limit_max is null or request_count < rate_limit_max as has_room,
          last_request + make_interval(secs => coalesce(rate_limit_time_window, 0) / 1000.0) as window_ends
        from api_key join "user" on "user".id = reference_id
        where key = ${hash} and enabled
          and (expires_at is null or expires_at > clock_timestamp())
          and (not banned or ban_expires <= clock_timestamp())
        for update of api_key
      ), used as (
        update api_key set
          request_count = case when is_new_window then 1 else request_count + 1 end,
          last_request = case when is_new_window then clock_timestamp() else last_request end
        from found where api_key.id = found.id and (is_new_window or has_room)
      )
      select id, metadata, user_id, email, email_verified, name, role, two_factor_enabled, is_new_window or has_room as allowed,
        greatest(0, extract(epoch from window_ends - clock_timestamp()) * 1000)::float8 as wait_ms
      from found`);
    if (row === undefined) return { state: "unknown" };
    if (!row.allowed) return { state: "limited", retryAfter: Math.max(1, Math.ceil(row.wait_ms / 1000)) };
    return {
      state: "good",
      bearer: {
        keyId: row.id,
        permissions: permissionsIn(row.metadata),
        user: toPerson(row),
      },
    };
  };
}

/** Better Auth keeps metadata as JSON, at times as JSON in a JSON string. */
function permissionsIn(metadata: string | null): readonly string[] | undefined {
  let value: unknown = metadata;
  for (let depth = 0; depth < 2 && typeof value === "string"; depth++) value = JSON.parse(value);
  if (typeof value !== "object" || value === null || !("permissions" in value)) return undefined;
  const { permissions } = value;
  return Array.isArray(permissions) ? permissions.filter((each) => typeof each === "string") : [];
}
