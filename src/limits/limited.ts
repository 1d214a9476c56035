/** What is told when a limit is reached, to whoever keeps the audit trail. */

/** A budget was used up. Told once for each time, not for every request that is refused after it. */
export interface Limited {
  readonly budget: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** As the caller named it: `email:ada@example.com`, `username:ada`, `user:<id>`; there need not be such an account. */
  readonly account: string | undefined;
}

export type OnLimited = (limited: Limited) => void;
