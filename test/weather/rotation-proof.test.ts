/** The proofs of `npm run prove:rotation` in short: the same processes, fewer turns, the libraries that are installed. */
import { expect, test } from "vitest";
import { HELD } from "../../bench/prove/clients.ts";
import { failuresOf, proveRotations } from "../../bench/prove/rotations.ts";
import { openStage } from "../../bench/stage.ts";

const LIBRARIES = ["keyturn", "jose", "aws-jwt-verify", "hono", HELD];
const ROTATIONS = 4;

test("three servers, one of them killed, with clocks apart, turn their keys without one failed verification", async () => {
  await using stage = await openStage();
  const result = await proveRotations(stage, {
    rotations: ROTATIONS,
    libraries: LIBRARIES,
    killEvery: 2,
    skewed: true,
  });
  expect(failuresOf(result, ROTATIONS)).toEqual([]);
  expect(result.kills).toBeGreaterThan(0);
  for (const { verified, name } of result.clients) expect(verified, name).toBeGreaterThan(20);
}, 120_000);
