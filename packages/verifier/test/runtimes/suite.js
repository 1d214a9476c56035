// Owns what is asked of the packed verifier on every runtime, in words all of them understand: no test runner, no Node.
// Given the tokens, for not every runtime can make all of them; gives back what failed, in sentences.
import { createVerifier, VerifierError } from "@keyturn/verifier";

/** `live`: a real issuer, that does what it is told under `/control`. */
export async function runSuite({ issuer, audience, jwks, good, attacks, accepted, keySets, genuine, live }) {
  const failures = [];
  let passed = 0;
  const expect = (name, found, wanted) => {
    if (found === wanted) passed++;
    else failures.push(`${name}: expected ${wanted}, got ${found}`);
  };

  const verifier = createVerifier({ issuer, audience, jwks });
  expect("a good token", await codeOf(verifier, good), "user_1");
  for (const [name, token, code] of attacks) expect(name, await codeOf(verifier, token), code);
  for (const [name, token] of accepted) {
    expect(name, await codeOf(verifier, token), "user_1");
    expect(`the roles of ${name}`, (await verifier.verify(token).catch(() => undefined))?.roles.length, 0);
  }
  expect("a good token again", await codeOf(verifier, good), "user_1");

  const fresh = createVerifier({ issuer, audience, jwks });
  const atOnce = outcomeAtOnce(fresh, good);
  const onWeb = atOnce === "TypeError";
  expect("a good token at once", atOnce, onWeb ? "TypeError" : "user_1");
  await codeOf(fresh, good);
  expect("a remembered token at once", outcomeAtOnce(fresh, good), "user_1");

  for (const { name, keys, token, outcome, onWeb: otherwise = outcome } of keySets) {
    const one = createVerifier({ issuer, audience, jwks: { keys } });
    expect(name, await codeOf(one, token), onWeb ? otherwise : outcome);
  }

  for (const { alg, jwk, token, tampered } of genuine) {
    const one = createVerifier({ issuer, audience, jwks: { keys: [jwk] }, algorithms: [alg] });
    expect(`a genuine ${alg} token`, await codeOf(one, token), "user_1");
    expect(`a tampered ${alg} token`, await codeOf(one, tampered), "signature_invalid");
  }
  await runLive(live, audience, expect);
  return { passed, failures };
}

/** A JWKS that is fetched: rotation, a flood of unknown kids, revocation, an outage. */
async function runLive(url, audience, expect) {
  const tell = async (what) => (await fetch(`${url}/control/${what}`, { method: "POST" })).json();
  const verifier = createVerifier({ issuer: url, audience });
  const first = await tell("start");
  await verifier.ready();
  expect("a token, keys fetched", await codeOf(verifier, first.token), "user_1");
  const second = await tell("rotate");
  expect("a token of a key never seen", await codeOf(verifier, second.token), "user_1");
  const { unknown } = await tell("flood");
  const before = (await tell("count")).fetches;
  for (const token of unknown) expect("an unknown kid", await codeOf(verifier, token), "key_unknown");
  const { fetches } = await tell("count");
  expect("a flood of unknown kids costs at most 5 fetches", fetches - before <= 5, true);
  await tell("revoke");
  // The set may be used for one second.
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  await codeOf(verifier, first.token);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect("a token of a revoked key, seen before", await codeOf(verifier, first.token), "key_unknown");
  await tell("outage");
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect("a token in an outage", await codeOf(verifier, second.token), "user_1");
  verifier.close();
  expect("a token after the end", await codeOf(verifier, second.token), "keys_unavailable");
}

/** The same without waiting; WebCrypto cannot, and says so by a TypeError. */
function outcomeAtOnce(verifier, token) {
  try {
    return verifier.verifySync(token).userId;
  } catch (error) {
    return error instanceof VerifierError ? error.code : error.name;
  }
}

/** The user, or why not. Anything but a VerifierError is a failure by itself. */
export async function codeOf(verifier, token) {
  try {
    return (await verifier.verify(token)).userId;
  } catch (error) {
    return error instanceof VerifierError ? error.code : `not a VerifierError: ${String(error)}`;
  }
}
