// The suite as a Cloudflare worker: input in the body of a request, the outcome in the answer.
import { runSuite } from "./suite.js";

export default {
  fetch: async (request) => Response.json(await runSuite(await request.json())),
};
