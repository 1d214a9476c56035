/** As much of jsonwebtoken as `verifiers/` and `verifier/` use, so that types hold before `bench/node_modules` is installed. */
declare module "jsonwebtoken" {
  import type { KeyObject } from "node:crypto";

  namespace jwt {
    type GetKey = (
      header: { readonly kid?: string },
      done: (error: Error | null, pem?: string) => void,
    ) => void;

    interface VerifyOptions {
      readonly issuer: string;
      readonly audience: string;
      readonly algorithms: string[];
      /** Seconds. */
      readonly clockTolerance: number;
    }

    function verify(
      token: string,
      key: GetKey,
      options: VerifyOptions,
      done: (error: Error | null, claims?: object) => void,
    ): void;
    function verify(token: string, key: KeyObject, options: VerifyOptions): object;
  }
  export = jwt;
}
