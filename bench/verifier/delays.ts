/** What `loop.ts` prints: by contender, the 99th percentile in milliseconds of each burst and of each steady stretch. */
import { z } from "zod";

const schema = z.array(
  z.object({ name: z.string(), burst: z.array(z.number()), steady: z.array(z.number()) }),
);

export type Delays = z.infer<typeof schema>;
export const parseDelays = (json: string): Delays => schema.parse(JSON.parse(json));
