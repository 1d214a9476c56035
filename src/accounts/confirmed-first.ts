/**
 * Where addresses are confirmed before anybody signs in (`REQUIRE_EMAIL_VERIFICATION`), signing up looks the same whether an
 * address has an account or not, and its owner is told by mail. Better Auth has most of that; here is the rest.
 */
import type { BetterAuthOptions, DBAdapter } from "better-auth";
import { APIError } from "better-auth/api";
import { DEFAULT_ROLE } from "../access/roles.ts";
import { isTaken } from "../db/error-code.ts";
import type { Mailer } from "../email/mailer.ts";

type EmailAndPassword = NonNullable<BetterAuthOptions["emailAndPassword"]>;

export const confirmedFirst = (
  mailer: Mailer,
): Pick<EmailAndPassword, "requireEmailVerification" | "onExistingUserSignUp" | "customSyntheticUser"> => ({
  requireEmailVerification: true,
  onExistingUserSignUp: ({ user }) => mailer.queue("account-exists", user.email, {}),
  // What is answered for an address that has an account: the role is the one of everybody new.
  customSyntheticUser: ({ coreFields, additionalFields, id }) => ({
    ...coreFields,
    ...additionalFields,
    role: DEFAULT_ROLE,
    id,
  }),
});

/** The index that keeps one address from having two accounts. */
const ADDRESS = "user_email_unique";

type Adapter = (options: BetterAuthOptions) => DBAdapter;

/**
 * Of several sign-ups with one address at once all but one find it taken only when they write. Better Auth answers a 403
 * there as it answers any address that has an account; a failed write it would report. The driver does not forget one, so
 * the transaction fails, with nothing in it: what was to be answered is the answer still.
 */
export const answeringTaken =
  (adapter: Adapter): Adapter =>
  (options) => {
    const inner = adapter(options);
    return {
      ...inner,
      async transaction<R>(work: (within: Omit<DBAdapter, "transaction">) => Promise<R>): Promise<R> {
        const done: R[] = [];
        try {
          return await inner.transaction(async (within) => {
            const answer = await work(withTaken(within));
            done.push(answer);
            return answer;
          });
        } catch (error) {
          const [answer] = done;
          if (answer !== undefined && isTaken(error, ADDRESS)) return answer;
          throw error;
        }
      },
    };
  };

const withTaken = <Inner extends Pick<DBAdapter, "create">>(inner: Inner): Inner => ({
  ...inner,
  create: (data: Parameters<DBAdapter["create"]>[0]) =>
    inner.create(data).catch((error: unknown) => {
      throw isTaken(error, ADDRESS) ? new APIError("FORBIDDEN") : error;
    }),
});
