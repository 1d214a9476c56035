/** As much of fast-jwt as `verifiers/` uses, so that types hold before `bench/node_modules` is installed. */
declare module "fast-jwt" {
  interface Options {
    /** Resolves with a PEM. */
    readonly key: (token: {
      readonly header: { readonly kid?: string; readonly alg: string };
    }) => Promise<string>;
    readonly algorithms: string[];
    readonly allowedIss: string;
    readonly allowedAud: string;
    readonly requiredClaims: string[];
    /** Milliseconds. */
    readonly clockTolerance: number;
  }

  export function createVerifier(options: Options): (token: string) => Promise<object>;
}
