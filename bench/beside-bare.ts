/** A path of ours beside bare Better Auth's of the same name, on the same Postgres, each with people of its own. */
import { startBareBetterAuth, startKeyturn } from "./launch.ts";
import { signUpPeople } from "./people.ts";
import { measureSideBySide } from "./side-by-side.ts";
import type { Stage } from "./stage.ts";
import { atLeastTimes } from "./verdict.ts";

interface Comparison {
  readonly path: string;
  /** How many times as fast ours is to be. */
  readonly goal: number;
  /** Throws if what a server answers its people is not what it should be: speed of anything else is worth nothing. */
  prove(server: "Keyturn" | "bare", url: string, people: readonly { authorization: string }[]): Promise<void>;
}

export async function compareWithBare(stage: Stage, { path, goal, prove }: Comparison) {
  await using keyturn = await startKeyturn(stage);
  await using bare = await startBareBetterAuth(stage);
  const [ours, other] = [await signUpPeople(keyturn.url), await signUpPeople(bare.url)];
  await prove("Keyturn", keyturn.url, ours);
  await prove("bare", bare.url, other);
  const sideBySide = await measureSideBySide(
    { name: "Keyturn", url: `${keyturn.url}${path}`, pid: keyturn.pid, headers: ours },
    { name: "bare Better Auth", url: `${bare.url}${path}`, pid: bare.pid, headers: other },
  );
  return { sideBySide, verdicts: [atLeastTimes(`GET ${path}`, sideBySide.ratio, goal, "bare Better Auth")] };
}
