/** As much of fast-jwt as `verifiers/` and `verifier/` use, so that types hold before `bench/node_modules` is installed. */
declare module "fast-jwt" {
  interface Options {
    readonly algorithms: string[];
    readonly allowedIss: string;
    readonly allowedAud: string;
    readonly requiredClaims: string[];
    /** Milliseconds. */
    readonly clockTolerance: number;
    /** Verified tokens to remember. */
    readonly cache?: number;
  }

  /** Resolves with a PEM. */
  type GetKey = (token: {
    readonly header: { readonly kid?: string; readonly alg: string };
  }) => Promise<string>;

  export function createVerifier(
    options: Options & { readonly key: GetKey },
  ): (token: string) => Promise<object>;
  export function createVerifier(options: Options & { readonly key: string }): (token: string) => object;
}
