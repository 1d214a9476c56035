/** Signing in elsewhere: the providers of keyturn.config.ts, those Better Auth knows by name and any OpenID Connect issuer. */
import type { BetterAuthOptions, BetterAuthPlugin } from "better-auth";
import { genericOAuth } from "better-auth/plugins/generic-oauth";
import type { ProjectConfig } from "../project.ts";

export interface Providers {
  readonly socialProviders: NonNullable<BetterAuthOptions["socialProviders"]>;
  readonly plugins: readonly BetterAuthPlugin[];
  /**
   * An account elsewhere joins one here by itself only if both addresses were confirmed: otherwise whoever signs up first
   * with somebody's address, here or there, would share their account.
   */
  readonly accountLinking: NonNullable<NonNullable<BetterAuthOptions["account"]>["accountLinking"]>;
}

export function providersOf({ socialProviders = {}, oidcProviders = {} }: ProjectConfig): Providers {
  const config = Object.entries(oidcProviders).map(([providerId, provider]) => ({
    providerId,
    discoveryUrl: `${provider.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    scopes: ["openid", "email", "profile", ...(provider.scopes ?? [])],
    pkce: true,
  }));
  return {
    socialProviders,
    plugins: config.length === 0 ? [] : [genericOAuth({ config })],
    accountLinking: { enabled: true, trustedProviders: [], requireLocalEmailVerified: true },
  };
}
