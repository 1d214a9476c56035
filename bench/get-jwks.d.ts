/** As much of get-jwks as `verifiers/` uses, so that types hold before `bench/node_modules` is installed. */
declare module "get-jwks" {
  interface Options {
    readonly jwksPath: string;
    /** Milliseconds. */
    readonly ttl?: number;
  }

  interface Keys {
    getPublicKey(key: {
      readonly domain: string;
      readonly kid: string | undefined;
      readonly alg: string;
    }): Promise<string>;
  }

  function buildGetJwks(options: Options): Keys;
  export = buildGetJwks;
}
