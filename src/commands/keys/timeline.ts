/** `keyturn keys timeline`: the lives of the keys, drawn. */
import { Command } from "commander";
import { listKeys } from "../../keys/listing.ts";
import { readDatabaseTime } from "../../keys/store.ts";
import { print, withDatabase } from "../session.ts";
import { planTimeline, renderTimeline } from "../timeline.ts";

export const timelineCommand = (): Command =>
  new Command("timeline")
    .description("draw when each key is announced, signs and verifies")
    .option("--all", "also keys that are retired or revoked", false)
    .option("--json", "answer as JSON", false)
    .action(async ({ all, json }: { all: boolean; json: boolean }) => {
      const timeline = await withDatabase(async (db, { config }) => {
        const keys = (await listKeys(db)).map(({ key }) => key);
        const shown = all ? keys : keys.filter(({ state }) => state !== "retired" && state !== "revoked");
        const now = await readDatabaseTime(db);
        return planTimeline(shown, { now, rotationPeriod: config.KEY_ROTATION_PERIOD });
      });
      print(toJson(timeline), renderTimeline(timeline, process.stdout.columns ?? 100), json);
    });

const toJson = ({ now, from, until, lives }: ReturnType<typeof planTimeline>) => ({
  now: iso(now),
  from: iso(from),
  until: iso(until),
  keys: lives.map(({ spans, revokedAt, ...key }) => ({
    ...key,
    spans: spans.map((span) => ({ ...span, from: iso(span.from), until: iso(span.until) })),
    revoked_at: revokedAt === undefined ? null : iso(revokedAt),
  })),
});

const iso = (ms: number): string => new Date(ms).toISOString();
