/** What a token for an audience is like: the default one and every registered API. */
import type { Algorithm } from "../settings.ts";
import { ALGORITHMS } from "../settings.ts";
import type { AccessBook } from "./book.ts";
import { permissionsFor } from "./model.ts";

export interface Defaults {
  /** `TOKEN_AUDIENCE`: accepted without being registered. */
  readonly audience: string;
  /** `TOKEN_TTL`, in milliseconds; no API has a longer one. */
  readonly ttl: number;
  readonly algorithms: readonly Algorithm[];
}

export const createRulesFor =
  (book: Pick<AccessBook, "model">, { audience: byDefault, ttl, algorithms }: Defaults) =>
  (audience: string) => {
    const api = book.model().apis.get(audience);
    if (api === undefined && audience !== byDefault) return undefined;
    return {
      permissionsOf: (held: readonly string[]) => permissionsFor(held, api),
      ttl: Math.min(api?.tokenTtl ?? ttl, ttl),
      // One that is not used any more is no reason to give no tokens.
      algorithm: ALGORITHMS.find((each) => each === api?.algorithm && algorithms.includes(each)),
    };
  };
