/**
 * keyturn.config.ts: the model of an installation, declared in TypeScript. Its types, `defineConfig`, and reading it.
 * What it means is the domains' business.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { reasonOf, StartupError } from "./errors.ts";
import { isMailKind, LIFETIME, type Templates } from "./mail-kinds.ts";
import { ALGORITHMS, type Algorithm } from "./settings.ts";

/** What a custom claim may be made from. */
export interface ClaimsInput {
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly name: string;
    readonly roles: readonly string[];
  };
  /** None for an API key. */
  readonly session: { readonly id: string } | undefined;
  /** The active organization of the session, and the roles in it. */
  readonly organization: { readonly id: string; readonly roles: readonly string[] } | undefined;
  /** The `aud` of the token. */
  readonly audience: string;
}

export type CustomClaims = Readonly<Record<string, unknown>>;
export type ClaimsHook = (input: ClaimsInput) => CustomClaims | Promise<CustomClaims>;

/** An OpenID Connect issuer where Keyturn is a client; its redirect URI is `<ISSUER>/api/auth/callback/<name>`. */
export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Beside openid, email and profile. */
  readonly scopes?: readonly string[];
}

/** What keyturn.config.ts may say. All of it is optional. */
export interface ProjectConfig {
  /** What people know this by, in mails, authenticator apps and passkeys. Default: the issuer's host. */
  readonly name?: string;
  /**
   * `rpId`: the domain passkeys belong to (WebAuthn §5.1.2), such as `example.com` for pages at `app.example.com`. Default: the
   * issuer's host. Of another one, none of the passkeys that there are can be used.
   */
  readonly passkeys?: { readonly rpId?: string };
  /** By name. A permission is `tasks:read`; `tasks:*` covers what begins alike, `*` everything. */
  readonly roles?: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly permissions: readonly string[];
        /** Nobody gets a token with it, or administers by it, before they have a second factor. */
        readonly secondFactor?: boolean;
      }
    >
  >;
  /** By audience, the `aud` of their tokens. `tokenTtl` such as `5m`, at most TOKEN_TTL. */
  readonly apis?: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly permissions: readonly string[];
        readonly tokenTtl?: string;
        readonly algorithm?: Algorithm;
      }
    >
  >;
  /** Better Auth's providers by name: `{ google: { clientId, clientSecret } }`. */
  readonly socialProviders?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Any other OpenID Connect issuer, by the name it has in URLs. */
  readonly oidcProviders?: Readonly<Record<string, OidcProvider>>;
  /** Instead of Keyturn's own pages. A page is given what `docs/accounts.md` says in its query. */
  readonly pages?: { readonly secondFactor?: string; readonly invitation?: string };
  /** Instead of Keyturn's own, by kind: `docs/accounts.md` lists them with what each is given. */
  readonly mail?: { readonly templates?: Partial<Templates> };
  /** Adds claims to session tokens; may not use a registered name. What it throws is a 500, never a token without them. */
  readonly claims?: ClaimsHook;
}

/**
 * Types keyturn.config.ts; gives back what it is given.
 *
 * @example
 * // keyturn.config.ts
 * import { defineConfig } from "keyturn";
 * export default defineConfig({
 *   roles: { editor: { permissions: ["tasks:*"] } },
 *   apis: { "https://api.example.com": { permissions: ["tasks:read", "tasks:write"] } },
 *   claims: ({ user }) => ({ plan: user.roles.includes("pro") ? "pro" : "free" }),
 * });
 */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;

const name = z.string().regex(/^[\w.-]{1,50}$/, "expected a name of letters, digits and _-.");
const mailKind = z
  .string()
  .refine(isMailKind, `expected a kind of mail: ${Object.keys(LIFETIME).join(", ")}`);
const page = z.url({ protocol: /^https?$/, error: "expected the URL of a page" });
const template = z.custom((value) => typeof value === "function", "expected a function");
const domain = z.string().regex(/^[a-z\d-]+(?:\.[a-z\d-]+)*$/, "expected a domain such as example.com");
const schema = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  passkeys: z.strictObject({ rpId: domain.optional() }).optional(),
  roles: z
    .record(
      name,
      z.strictObject({
        description: z.string().optional(),
        permissions: z.array(z.string()),
        secondFactor: z.boolean().optional(),
      }),
    )
    .optional(),
  apis: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        name: z.string().optional(),
        permissions: z.array(z.string()),
        tokenTtl: z
          .string()
          .refine((text) => parseDuration(text) !== undefined, "expected a duration such as 5m")
          .optional(),
        algorithm: z.enum(ALGORITHMS).optional(),
      }),
    )
    .optional(),
  socialProviders: z.record(name, z.record(z.string(), z.unknown())).optional(),
  oidcProviders: z
    .record(
      name,
      z.strictObject({
        issuer: z.url(),
        clientId: z.string().min(1),
        clientSecret: z.string().min(1),
        scopes: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  pages: z.strictObject({ secondFactor: page.optional(), invitation: page.optional() }).optional(),
  mail: z.strictObject({ templates: z.record(mailKind, template).optional() }).optional(),
  claims: z.custom<ClaimsHook>((value) => typeof value === "function", "expected a function").optional(),
});

/** An empty one where there is no such file, unless it was asked for by name. Throws a `StartupError`. */
export async function loadProject(file: string | undefined): Promise<ProjectConfig> {
  const path = resolve(file ?? "keyturn.config.ts");
  if (file === undefined && !existsSync(path)) return {};
  const wayOut = "mend it, or set KEYTURN_CONFIG to the right file; docs/access.md describes it";
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new StartupError(`${path} cannot be loaded: ${reasonOf(error)}`, wayOut);
  }
  const parsed = schema.safeParse(loaded.default);
  // It has the shape; what `defineConfig` has typed is that shape.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (parsed.success) return parsed.data as ProjectConfig;
  const mistakes = parsed.error.issues.map(
    ({ path: at, message }) => `  - ${at.join(".") || "its default export"}: ${message}`,
  );
  throw new StartupError(`${path} has mistakes:\n${mistakes.join("\n")}`, wayOut);
}
