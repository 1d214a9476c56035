/** What is measured of one library, in seconds; it comes from `child.ts` as JSON. How is `measure.ts`'s business. */
import { z } from "zod";

/** Null: longer than the day for which it was watched. */
const seconds = z.number().nullable();

const schema = z.object({
  name: z.string(),
  /** With versions. */
  packages: z.array(z.string()),
  /** The key is revoked right after the set was fetched, the worst moment, and nothing else is done. */
  trusted: seconds,
  /** It is revoked when the library has settled, and nothing else is done: what the next two compare with. */
  trustedUnaided: seconds,
  trustedAfterProbe: seconds,
  trustedAfterProbeInCoolDown: seconds,
  /** The first minute of a key that was announced in time. */
  rotation: z.object({ refused: z.number(), fetches: z.number() }),
  /** A key signs as soon as it is public. */
  newKeyUnknown: seconds,
  newKeyUnknownAfterAttack: seconds,
});

export type Measured = z.infer<typeof schema>;
export type Seconds = z.infer<typeof seconds>;

export const parseMeasured = (json: string): Measured => schema.parse(JSON.parse(json));
