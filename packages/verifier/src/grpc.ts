// Owns the glue between the guards and gRPC: which methods need a token, where it is, how handlers find `auth`. What
// becomes of a call is grpc-call.ts's matter. The one adapter that needs its framework at run time.
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { admit, type Guard, requireUser as requireParam } from "./admit.ts";
import type { Auth } from "./auth.ts";
import { guardCall } from "./grpc-call.ts";
import { requireAuth } from "./guards.ts";
import type { Verifier } from "./verifier.ts";

export { type Guard, requirePermission, requireRole, requireScope } from "./admit.ts";

/**
 * A guard that is asked about every message the client sends.
 *
 * @example
 * const guard: MessageGuard = requireUser("userId");
 */
export interface MessageGuard {
  readonly eachMessage: Guard;
}

/**
 * Methods by their paths, `/package.Service/Method`: the `path` of a generated definition.
 *
 * @example
 * const options: CallOptions = { methods: { "/tasks.Tasks/Remove": [requirePermission("tasks:write")] } };
 */
export interface CallOptions {
  /** Whom anyone may call; their tokens are not looked at. */
  readonly publicMethods?: readonly string[];
  /** What a method asks for besides a good token, which every other one asks for as well. */
  readonly methods?: Readonly<Record<string, readonly (Guard<Metadata> | MessageGuard)[]>>;
}

/** What a server needs of this. @example const { interceptor, authOf }: CallDoor = bearer(verifier); */
export interface CallDoor<Custom extends object = object> {
  /** Stands before every method. @example new Server({ interceptors: [interceptor] }); */
  readonly interceptor: ServerInterceptor;
  /** Who is calling. Throws in a public method. @example const { userId } = authOf(call); */
  authOf(call: { readonly metadata: Metadata }): Auth<Custom>;
}

/**
 * Verifies `authorization: Bearer` in the metadata of unary and streaming calls. UNAUTHENTICATED, PERMISSION_DENIED or
 * UNAVAILABLE, with the `VerifierErrorCode` as `error-code` in the trailing metadata, also when a token expires during
 * a call.
 *
 * @example
 * const { interceptor, authOf } = bearer(verifier, {
 *   publicMethods: ["/grpc.health.v1.Health/Check"],
 *   methods: { [TasksService.remove.path]: [requirePermission("tasks:write"), requireUser("userId")] },
 * });
 * const server = new Server({ interceptors: [interceptor] });
 *
 * @throws TypeError when the methods cannot be meant.
 */
export function bearer<Custom extends object = object>(
  verifier: Pick<Verifier<Custom>, "verify">,
  { publicMethods = [], methods = {} }: CallOptions = {},
): CallDoor<Custom> {
  for (const path of [...publicMethods, ...Object.keys(methods)]) {
    if (!/^\/[^/]+\/[^/]+$/.test(path) || (publicMethods.includes(path) && Object.hasOwn(methods, path)))
      throw new TypeError(`expected /package.Service/Method, either public or with guards, got ${path}`);
  }
  const auths = new WeakMap<Metadata, Auth<Custom>>();

  return {
    interceptor({ path, requestStream, responseStream }, call) {
      if (publicMethods.includes(path)) return new ServerInterceptingCall(call);
      const guards = methods[path] ?? [];
      const atStart = guards.filter((guard) => typeof guard === "function");
      const atMessages = guards.filter((guard) => typeof guard !== "function");
      return guardCall(call, {
        isStream: requestStream || responseStream,
        async admit(metadata) {
          const auth = await admit(verifier, metadata.get("authorization").join(", "), atStart, metadata);
          auths.set(metadata, auth);
          return auth;
        },
        async admitMessage(auth, message) {
          for (const { eachMessage } of atMessages) await eachMessage(auth, message);
        },
      });
    },
    authOf: ({ metadata }) => requireAuth(auths.get(metadata)),
  };
}

/** Refuses messages whose own `field` is not the token's `sub`. @example requireUser("userId") */
export const requireUser = (field: string): MessageGuard => ({
  eachMessage: (auth, params) => requireParam(field)(auth, { params }),
});
