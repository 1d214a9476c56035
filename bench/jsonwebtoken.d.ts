/** As much of jsonwebtoken as `verifiers/` uses, so that types hold before `bench/node_modules` is installed. */
declare module "jsonwebtoken" {
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
  }
  export = jwt;
}
