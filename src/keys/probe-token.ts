/**
 * The token a flush probe carries: well-formed, and signed by a key nobody has published or ever will. Whoever looks its
 * `kid` up finds nothing, fetches the JWKS again, and refuses it.
 */
import { createPrivateKey } from "node:crypto";
import type { Algorithm } from "../settings.ts";
import { generateKey } from "./generate.ts";
import { createSigner } from "./sign.ts";

export async function createProbeToken(alg: Algorithm, claims: object): Promise<string> {
  const { kid, privateKey } = await generateKey(alg);
  const key = createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" });
  return createSigner()({ kid, alg, privateKey: key }, "JWT", claims);
}
