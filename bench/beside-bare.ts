/** A path of ours beside bare Better Auth's of the same name, on the same Postgres, each with people of its own. */
import { startBareBetterAuth, startKeyturn } from "./launch.ts";
import { type Credentials, signUpPeople } from "./people.ts";
import { measureSideBySide } from "./side-by-side.ts";
import type { Stage } from "./stage.ts";
import { atLeastTimes } from "./verdict.ts";

interface Comparison {
  readonly path: string;
  /** How many times as fast ours is to be. */
  readonly goal: number;
  /** Throws if what a server answers its people is not what it should be: speed of anything else is worth nothing. */
  prove(server: Server, url: string, people: readonly Credentials[]): Promise<void>;
  /** What people who have signed up ask with; their sessions, unless it is said here. */
  credentials?(server: Server, url: string, sessions: readonly Credentials[]): Promise<Credentials[]>;
}

type Server = "Keyturn" | "bare";

export async function compareWithBare(stage: Stage, { path, goal, prove, credentials }: Comparison) {
  await using keyturn = await startKeyturn(stage);
  await using bare = await startBareBetterAuth(stage);
  const peopleOf = async (server: Server, url: string) => {
    const sessions = await signUpPeople(url);
    return (await credentials?.(server, url, sessions)) ?? sessions;
  };
  const [ours, other] = [await peopleOf("Keyturn", keyturn.url), await peopleOf("bare", bare.url)];
  await prove("Keyturn", keyturn.url, ours);
  await prove("bare", bare.url, other);
  const sideBySide = await measureSideBySide(
    { name: "Keyturn", url: `${keyturn.url}${path}`, pid: keyturn.pid, headers: ours },
    { name: "bare Better Auth", url: `${bare.url}${path}`, pid: bare.pid, headers: other },
  );
  return { sideBySide, verdicts: [atLeastTimes(`GET ${path}`, sideBySide.ratio, goal, "bare Better Auth")] };
}
