/** Three servers start at once on an empty database, time and again: each time there must be one set of keys. */

import type { Stage } from "../stage.ts";
import { openInstallation } from "./installation.ts";

const EXPECTED = "EdDSA announced, EdDSA signing, RS256 announced, RS256 signing";

export interface FirstBoots {
  readonly boots: number;
  /** What was found where it was not one signing key and one standby per algorithm. */
  readonly wrong: readonly string[];
}

export async function proveFirstBoots(
  stage: Stage,
  boots: number,
  onProgress: (line: string) => void = () => {},
): Promise<FirstBoots> {
  const wrong: string[] = [];
  for (let boot = 1; boot <= boots; boot++) {
    await using installation = await openInstallation(stage, { settings: { LOG_LEVEL: "warn" } });
    const rows = await installation.sql`select alg, state from signing_key order by alg, state`;
    const found = rows.map(({ alg, state }) => `${alg} ${state}`).join(", ");
    if (found !== EXPECTED) wrong.push(found);
    if (boot % 5 === 0) onProgress(`${boot} of ${boots} first starts`);
  }
  return { boots, wrong };
}
