// The suite as a Cloudflare worker: input in the body of a request, the outcome in the answer. And a verifier that many
// requests share, since there what one request began cannot be awaited by another.
import { createVerifier } from "@keyturn/verifier";
import { codeOf, runSuite } from "./suite.js";

let shared;

export default {
  async fetch(request) {
    const input = await request.json();
    if (new URL(request.url).pathname !== "/shared") return Response.json(await runSuite(input));
    shared ??= createVerifier({ issuer: input.issuer, audience: input.audience });
    return Response.json({ code: await codeOf(shared, input.token) });
  },
};
