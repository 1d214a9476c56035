/** What a link that changes an address says of itself: from where to where, and who is asked. */
import { z } from "zod";

export const CONFIRM_AT_OLD = "change-email-confirmation";
const CONFIRM_AT_NEW = "change-email-verification";

export interface ChangeOfEmail {
  readonly step: "old address" | "new address";
  readonly userId: string;
  readonly from: string;
  readonly to: string;
}

const changeClaims = z.object({
  email: z.string(),
  updateTo: z.string(),
  userId: z.string(),
  requestType: z.enum([CONFIRM_AT_OLD, CONFIRM_AT_NEW]),
});

/** What the token of a link says, where it is one that changes an address. Its signature is Better Auth's to check. */
export function readChangeOfEmail(token: string): ChangeOfEmail | undefined {
  const payload = token.split(".")[1] ?? "";
  const { data } = changeClaims.safeParse(readJson(Buffer.from(payload, "base64url").toString("utf8")));
  if (data === undefined) return undefined;
  const step = data.requestType === CONFIRM_AT_OLD ? "old address" : "new address";
  return { step, userId: data.userId, from: data.email, to: data.updateTo };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
