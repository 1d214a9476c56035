/** What `speed.ts` prints: by pattern and contender, ours first, microseconds for a token in each round. */
import { z } from "zod";

export const OURS = "Keyturn";
export const OURS_SYNC = `${OURS}, verifySync`;
export const OURS_UNCACHED = `${OURS}, no token cache`;
export const RAW = "node:crypto";
export const JOSE = "jose";
export const AWS = "aws-jwt-verify";
export const FAST_JWT_CACHED = "fast-jwt, cache";

const schema = z.array(
  z.object({
    pattern: z.enum(["one token", "1,000 cycling", "90 % seen", "never seen"]),
    contenders: z.array(z.object({ name: z.string(), microseconds: z.array(z.number()) })),
  }),
);

export type Speeds = z.infer<typeof schema>;
export type PatternName = Speeds[number]["pattern"];
export const parseSpeeds = (json: string): Speeds => schema.parse(JSON.parse(json));
