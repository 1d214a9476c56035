/** What a token would say, and how large it would be, without anybody getting one. */
import type { TokenSubject } from "./claims.ts";
import type { IssueSessionToken } from "./session-token.ts";

export interface TokenPreview {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

/** Claims that only a real token has are made up: `sid`, `jti` and the times. */
export async function previewToken(
  issue: IssueSessionToken,
  subject: TokenSubject,
  resource: string | undefined,
): Promise<TokenPreview> {
  const { claims, token } = await issue(subject, resource);
  return { claims, bytes: token.length };
}
