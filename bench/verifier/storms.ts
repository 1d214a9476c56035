/** What `storm.ts` prints, for each storm. */
import { z } from "zod";

const schema = z.array(
  z.object({
    /** From before the storm until after the new key was accepted. */
    fetches: z.number(),
    /** Milliseconds from the new key's publication until its token was accepted. */
    newKeyAfter: z.number(),
    /** Milliseconds a good token took during the storm. */
    goodP99: z.number(),
  }),
);

export type Storms = z.infer<typeof schema>;
export const parseStorms = (json: string): Storms => schema.parse(JSON.parse(json));
