/** What all JWT verifier libraries here look like to a measurement. How each is set up is its own file's business. */

interface VerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** Milliseconds for which fetched keys may be used; undefined: as the library has it. */
  readonly cacheMaxAge?: number | undefined;
  /** Seconds. */
  readonly clockTolerance: number;
}

interface Verifier {
  /** Rejects or throws when the token is refused. */
  verify(token: string): Promise<unknown>;
}

/** By its JOSE name: those that Keyturn signs with. */
export type Algorithm = "EdDSA" | "RS256" | "ES256";

export interface VerifierLibrary {
  readonly name: string;
  /** The npm packages it is made of, the one that caches keys first. */
  readonly packages: readonly string[];
  /** Of Keyturn's, those it can verify. */
  readonly algorithms: readonly Algorithm[];
  create(options: VerifierOptions): Verifier | Promise<Verifier>;
}
