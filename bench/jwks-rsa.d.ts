/** As much of jwks-rsa as `verifiers/` uses, so that types hold before `bench/node_modules` is installed. */
declare module "jwks-rsa" {
  interface Options {
    readonly jwksUri: string;
    /** Milliseconds. */
    readonly cacheMaxAge?: number;
  }

  interface SigningKey {
    getPublicKey(): string;
  }

  interface Client {
    getSigningKey(kid: string | undefined, done: (error: Error | null, key?: SigningKey) => void): void;
  }

  function jwksClient(options: Options): Client;
  export = jwksClient;
}
