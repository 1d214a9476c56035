// What the rows of the attack table are made of, whatever they are about.
import { encode, forge, goodClaims } from "./forge.ts";

/** What it is, the token, and the code of its refusal. */
export type Attack = readonly [name: string, token: string, code: string];

/** The token most rows start from. */
export const good = forge();
export const [goodHeader = "", goodPayload = "", goodSignature = ""] = good.split(".");
export const tampered = `${goodHeader}.${encode(JSON.stringify({ ...goodClaims(), sub: "user_2" }))}.${goodSignature}`;
