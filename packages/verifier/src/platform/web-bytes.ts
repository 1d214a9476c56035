// Owns bytes from base64url where there is no Buffer.

/** Undefined for what is not canonical (RFC 4648 §3.5). */
export function decodeBytes(segment: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
    const written = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return written === segment ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}
