/**
 * The password policy and the pacing of refused sign-ins, where the engine meets them: one plugin of Better Auth. Every
 * path that takes a password sets it, unless it is known to prove one.
 */
import type { AuthContext, BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { SignInPacing } from "./pacing.ts";
import type { Person } from "./personal.ts";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, type PasswordPolicy } from "./policy.ts";

export interface PasswordPluginParts {
  readonly policy: PasswordPolicy;
  readonly pacing: SignInPacing;
}

export function passwordPlugin({ policy, pacing }: PasswordPluginParts): BetterAuthPlugin {
  const began = new WeakMap<Request, number>();
  return {
    id: "keyturn-passwords",
    init: () => ({ options: { databaseHooks: { account: refusePersonal(policy) } } }),
    hooks: {
      before: [
        {
          matcher: ({ path }) => isSignIn(path),
          handler: createAuthMiddleware(async ({ request }) => {
            if (request !== undefined) began.set(request, performance.now());
          }),
        },
        {
          matcher: ({ path, body }) => newPasswordOf(path, body) !== undefined,
          handler: createAuthMiddleware(async ({ path, body, query, context }) => {
            const password = newPasswordOf(path, body);
            if (password === undefined) return;
            const token =
              path === "/reset-password" ? (read(body, "token") ?? read(query, "token")) : undefined;
            const person = token === undefined ? body : await ownerOfReset(context.internalAdapter, token);
            refuse(await policy.refusal(password, asPerson(person)));
          }),
        },
        {
          // Whoever changes a password may have reason to: nobody who is signed in by the old one stays, asked for or not.
          matcher: ({ path }) => path === "/change-password",
          handler: createAuthMiddleware(async () => ({ context: { body: { revokeOtherSessions: true } } })),
        },
      ],
      after: [
        {
          matcher: ({ path }) => isSignIn(path),
          handler: createAuthMiddleware(async ({ request, context: { returned } }) => {
            const since = request === undefined ? undefined : began.get(request);
            const refused = returned instanceof APIError && returned.statusCode === 401;
            if (since !== undefined && refused) await pacing.hold(since);
          }),
        },
      ],
    },
  };
}

/**
 * Whose password is changed is known once the engine has made sure who asks and that they may: what is refused then
 * tells nobody of somebody else's address. The transaction is rolled back with it.
 */
function refusePersonal(policy: PasswordPolicy) {
  const before = async (_written: unknown, context: GenericEndpointContext | null): Promise<void> => {
    const password = newPasswordOf(context?.path, context?.body);
    const target = read(context?.body, "userId");
    if (password === undefined || !context) return;
    const { session, internalAdapter } = context.context;
    const person = target === undefined ? session?.user : await internalAdapter.findUserById(target);
    refuse(policy.personalRefusal(password, asPerson(person)));
  };
  return { create: { before }, update: { before } };
}

type Lookups = Pick<AuthContext["internalAdapter"], "findVerificationValue" | "findUserById">;

/** Whoever has the token has read that person's mail. */
async function ownerOfReset({ findVerificationValue, findUserById }: Lookups, token: string) {
  const found = await findVerificationValue(`reset-password:${token}`);
  return found === null ? undefined : findUserById(found.value);
}

function refuse(message: string | undefined): void {
  if (message !== undefined) throw new APIError("BAD_REQUEST", { code: "PASSWORD_TOO_COMMON", message });
}

const isSignIn = (path: string | undefined): boolean => path?.startsWith("/sign-in/") === true;

/** Here a password is what somebody proves who they are with. */
const PROVES = /^\/(?:sign-in|two-factor|verify-password|delete-user)(?:\/|$)/;

/** The new password in a request, if it has a length the engine would take. */
function newPasswordOf(path: string | undefined, body: unknown): string | undefined {
  const password =
    read(body, "newPassword") ?? (PROVES.test(path ?? "") ? undefined : read(body, "password"));
  if (password === undefined || password.length < MIN_PASSWORD_LENGTH) return undefined;
  return password.length > MAX_PASSWORD_LENGTH ? undefined : password;
}

function read(from: unknown, member: string): string | undefined {
  if (typeof from !== "object" || from === null) return undefined;
  const value: unknown = Reflect.get(from, member);
  return typeof value === "string" ? value : undefined;
}

const asPerson = (from: unknown): Person => ({
  email: read(from, "email"),
  name: read(from, "name"),
  username: read(from, "username"),
});
