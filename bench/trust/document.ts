/** The measurements as docs/verifier-trust.md: a table, what its columns say, and what to do. Pure. */
import { LOOSELY, SECOND_PROBE } from "./measure.ts";
import type { Measured, Seconds } from "./measured.ts";

export const renderDocument = (libraries: readonly Measured[]): string =>
  `<!-- Written by \`npm run prove:trust\` (bench/trust.ts), which measures it. Change it there. -->

# How long verifiers trust a key

Common libraries as they come, against a JWKS with the headers Keyturn sends by default. Tokens keep arriving, at least
one every ${LOOSELY} s. Time is pushed, timers inside the libraries included.

${renderTable(libraries)}

**Revoked key** is how long its tokens are still accepted after it has left the JWKS, if the library had fetched that
just before. A **probe** is a token with a made-up \`kid\`, at which some libraries fetch again: one at the revocation, or,
**in cool-down** because somebody else's came a second earlier, one then and one ${SECOND_PROBE} s later. **Rotation** is the first
minute of a key that was announced for a day, at a token a second; **new key** is how long its tokens are refused if it
signs as soon as it is public, in the last column right after a token with an unknown \`kid\`.

## When a key has leaked

Revoke it, as [operating-keys.md](operating-keys.md#a-key-has-leaked) says. Then, for each process that verifies, by its
library:

${libraries.map((library) => `- **${library.name}**: ${advise(library)}`).join("\n")}

\`keyturn keys probe\` sends probes, one for each of \`KEY_ALGORITHMS\`: some libraries refuse a token whose \`alg\` they do not
accept before they look for its key. If a process accepts only others, name them with \`--alg\`.
`;

export const renderTable = (libraries: readonly Measured[]): string =>
  [
    [
      "Library",
      "Revoked key",
      "… one probe",
      "… in cool-down",
      "Rotation",
      "New key",
      "… after an unknown `kid`",
    ],
    ["---", "--:", "--:", "--:", "---", "--:", "--:"],
    ...libraries.map((library) => [
      library.packages.join(" + "),
      span(library.trusted),
      aided(library.trustedAfterProbe, library.trustedUnaided),
      aided(library.trustedAfterProbeInCoolDown, library.trustedUnaided),
      rotated(library.rotation),
      span(library.newKeyUnknown),
      span(library.newKeyUnknownAfterAttack),
    ]),
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** From what was measured, so that it cannot say anything else than the table. */
function advise(library: Measured): string {
  const { trusted, trustedUnaided, trustedAfterProbe, trustedAfterProbeInCoolDown } = library;
  if (trusted === 0) return "nothing. It fetches the JWKS for every token.";
  if (trustedAfterProbe === trustedUnaided) {
    return trusted === null
      ? "restart it. A probe does nothing, and waiting does not help while tokens keep coming."
      : `restart it, or wait ${span(trusted)}. A probe does nothing.`;
  }
  const probes =
    trustedAfterProbeInCoolDown === 0 ? "send a probe" : `send a probe, and another ${SECOND_PROBE} s later`;
  return trusted === null
    ? `${probes}, or restart it. Waiting does not help.`
    : `${probes}, or wait ${span(trusted)}.`;
}

const span = (seconds: Seconds): string => (seconds === null ? "> 24 h" : `${seconds} s`);

const rotated = ({ refused, fetches }: Measured["rotation"]): string =>
  `${refused} refused, ${fetches} ${fetches === 1 ? "fetch" : "fetches"}`;

/** Beside how long it takes without. */
const aided = (seconds: Seconds, unaided: Seconds): string =>
  seconds === unaided && seconds !== 0 ? "no effect" : span(seconds);
