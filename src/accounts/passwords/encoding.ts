/** Numbers and base64 in stored hashes, held against bounds. Pure. */

/** A sentence, or `undefined` when the number is within bounds. */
export const outside = (what: string, number: number, low: number, high: number): string | undefined =>
  number >= low && number <= high ? undefined : `expected ${what} from ${low} to ${high}, got ${number}`;

/** Base64 or base64url without line breaks; padding may be missing, and a `.` may stand for `+` as passlib writes it. */
export const decode = (base64: string): Buffer | undefined =>
  /^[A-Za-z0-9+/._-]+={0,2}$/.test(base64) ? Buffer.from(base64.replaceAll(".", "+"), "base64") : undefined;

/** As `outside`, of the bytes that base64 stands for. */
export function bytesOutside(what: string, base64: string, low: number, high: number): string | undefined {
  const bytes = decode(base64);
  if (bytes === undefined) return `expected ${what} in base64`;
  return outside(`${what} in bytes`, bytes.length, low, high);
}
