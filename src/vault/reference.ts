/**
 * `vault:<mount>/<path>#<field>` in the place of a secret: what it refers to, and where such references stand. Pure.
 */

/** One field of one secret of a KV version 2 engine. */
export interface VaultReference {
  /** As it was written; safe to show. */
  readonly text: string;
  readonly mount: string;
  readonly path: string;
  readonly field: string;
  /** The newest one where none is named. */
  readonly version: number | undefined;
}

export const REFERENCE_FORM = "vault:<mount>/<path>#<field>, or with ?version=<n> at its end";

/** A secret, or the part of it that is to be replaced, with what stands before it: `2:` in a list of versions. */
export interface Piece {
  readonly before: string;
  readonly text: string;
  readonly isReference: boolean;
}

const isReference = (text: string): boolean => text.startsWith("vault:");

/** A whole value may be a reference, and so may each secret in a list of versions: `2:vault:…,1:vault:…`. */
export function piecesOf(value: string): readonly Piece[] {
  if (isReference(value)) return [{ before: "", text: value, isReference: true }];
  const items = value.split(",").map((item) => /^(\s*\d{1,6}:)(vault:.*)$/s.exec(item));
  if (items.every((item) => item === null)) return [{ before: "", text: value, isReference: false }];
  return value.split(",").map((item, index) => {
    const [, before = "", text = item] = items[index] ?? [];
    return { before, text: text.trim(), isReference: isReference(text) };
  });
}

/**
 * Undefined where it is not of the form. An encoded `/` or `,` belongs to the name it stands in; the version may come
 * before the field, too, where URLs have it.
 */
export function parseReference(text: string): VaultReference | undefined {
  const [, place = "", before, field = "", after] =
    /^vault:([^?#,\s]+)(?:\?version=([1-9]\d{0,8}))?#([^?#,\s]+)(?:\?version=([1-9]\d{0,8}))?$/.exec(text) ??
    [];
  if (before !== undefined && after !== undefined) return undefined;
  const version = before ?? after;
  const [mount, ...path] = place.split("/").map(decode);
  const name = decode(field);
  if (mount === undefined || path.length === 0 || name === undefined) return undefined;
  if (![mount, ...path].every(isPlace)) return undefined;
  return {
    text,
    mount: encode(mount),
    path: path.map((part) => encode(part ?? "")).join("/"),
    field: name,
    version: version === undefined ? undefined : Number(version),
  };
}

/** A mount may lie deeper (`team%2Fkv`); for Vault its parts are parts of the path. */
const encode = (place: string): string => place.split("/").map(encodeURIComponent).join("/");

const isPlace = (place: string | undefined): boolean =>
  place !== undefined && place.split("/").every((part) => !/^\.{0,2}$/.test(part));

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
