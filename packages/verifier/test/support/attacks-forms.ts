// The rows of the attack table that are about the form: segments, base64url, UTF-8, JSON.
import { type Attack, good, goodHeader, goodPayload, goodSignature } from "./attack-row.ts";
import { encode, forge, forgeMember, forgeText, goodClaims, HEADER, signRaw, signSegments } from "./forge.ts";

const header = JSON.stringify(HEADER);
const payload = JSON.stringify(goodClaims());
const opened = payload.slice(0, -1);
const withBytes = (latin1: string): string =>
  signRaw(header, Buffer.concat([Buffer.from(opened), Buffer.from(`,"n":"${latin1}"}`, "latin1")]));

/** One byte more than a multiple of three leaves four bits over in its last character; one of them is set. */
function withPadBits(json: string): string {
  const segment = encode(json + " ".repeat((4 - (json.length % 3)) % 3));
  return segment.replace(/.$/, "B");
}
const nested = (depth: number, open: string, close: string): string =>
  `"a":${open.repeat(depth)}0${close.repeat(depth)}`;

export const attacksOnForms: readonly Attack[] = [
  // Form and encoding
  ["an empty string", "", "token_malformed"],
  ["two segments", `${goodHeader}.${goodPayload}`, "token_malformed"],
  ["four segments", `${good}.AAAA`, "token_malformed"],
  ["five segments, as an encrypted token has", `${good}.AAAA.AAAA`, "token_malformed"],
  ["an empty header", `.${goodPayload}.${goodSignature}`, "token_malformed"],
  ["an empty payload", `${goodHeader}..${goodSignature}`, "token_malformed"],
  ["a truncated payload", `${goodHeader}.${goodPayload.slice(0, -8)}.${goodSignature}`, "token_malformed"],
  // RFC 7515 §7.2.2
  [
    "the JSON serialization",
    JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: goodSignature }),
    "token_malformed",
  ],
  ["the scheme in front", `Bearer ${good}`, "token_malformed"],
  ["dots as in a URL", good.replaceAll(".", "%2E"), "token_malformed"],
  ["17 KB", forge({ filler: "x".repeat(17_000) }), "token_too_large"],
  ["10 MB", "a".repeat(10_000_000), "token_too_large"],
  ["10 MB of dots", ".".repeat(10_000_000), "token_too_large"],
  ["padding", `${good}=`, "token_malformed"],
  ["the alphabet of plain base64", good.replace(/[-_]|.$/, "+"), "token_malformed"],
  ["a line break at the end", `${good}\n`, "token_malformed"],
  ["a line break inside", good.replace(".", ".\r\n"), "token_malformed"],
  ["a space in front", ` ${good}`, "token_malformed"],
  ["a null character", good.replace(".", "\0."), "token_malformed"],
  ["a full-width character", good.replace("e", "ｅ"), "token_malformed"],
  ["pad bits set in the signature", good.replace(/.$/, "B"), "token_malformed"],
  ["pad bits set in a signed header", signSegments(withPadBits(header), goodPayload), "token_malformed"],
  ["pad bits set in a signed payload", signSegments(goodHeader, withPadBits(payload)), "token_malformed"],
  [
    "a segment of an impossible length",
    signSegments(`${goodHeader}A`.slice(0, Math.floor(goodHeader.length / 4) * 4 + 1), goodPayload),
    "token_malformed",
  ],
  ["a byte that is not UTF-8", withBytes("\xff"), "token_malformed"],
  ["an overlong UTF-8 sequence", withBytes("\xc0\xaf"), "token_malformed"],
  ["a surrogate pair in bytes, as in CESU-8", withBytes("\xed\xa0\xbd\xed\xb8\x80"), "token_malformed"],
  ["a byte order mark before the header", signRaw(`\ufeff${header}`, payload), "token_malformed"],
  ["a byte order mark before the payload", signRaw(header, `\ufeff${payload}`), "token_malformed"],
  ["a payload in UTF-16", signRaw(header, Buffer.from(payload, "utf16le")), "token_malformed"],
  // JSON
  ["a header that is an array", signRaw(JSON.stringify([HEADER]), payload), "token_malformed"],
  ["a header that is null", signRaw("null", payload), "token_malformed"],
  ["a header that is a number", signRaw("1", payload), "token_malformed"],
  ["a payload that is an array", signRaw(header, `[${payload}]`), "token_malformed"],
  ["a payload that is null", signRaw(header, "null"), "token_malformed"],
  ["a payload that is a string", signRaw(header, '"user_1"'), "token_malformed"],
  ["a payload that is not JSON", signRaw(header, "sub=user_1"), "token_malformed"],
  ["JSON followed by more", signRaw(header, `${payload}{}`), "token_malformed"],
  ["a comment", signRaw(header, `${opened}/* admin */}`), "token_malformed"],
  ["a trailing comma", signRaw(header, `${opened},}`), "token_malformed"],
  ["a number that begins with a zero", forgeMember("nbf", "01"), "token_malformed"],
  ["a duplicate alg", signRaw(`{"alg":"none",${header.slice(1)}`, payload), "token_malformed"],
  ["a duplicate kid", signRaw(`{"kid":"x",${header.slice(1)}`, payload), "token_malformed"],
  [
    "a duplicate kid, escaped once",
    signRaw(`{"k\\u0069d":"x",${header.slice(1)}`, payload),
    "token_malformed",
  ],
  ["a duplicate sub", forgeText('"sub":"admin"'), "token_malformed"],
  ["a duplicate sub with spaces", forgeText(' "sub" : "admin" '), "token_malformed"],
  ["a duplicate sub, escaped once", forgeText('"s\\u0075b":"admin"'), "token_malformed"],
  ["a duplicate exp", forgeText('"exp":8640000000000'), "token_malformed"],
  ["a duplicate iss", forgeText('"iss":"https://evil.example"'), "token_malformed"],
  ["a duplicate aud", forgeText('"aud":"https://other.example"'), "token_malformed"],
  ["a duplicate deep inside", forgeText('"a":[{"b":{"c":1,"c":2}}]'), "token_malformed"],
  ["a duplicate __proto__", forgeText('"__proto__":1,"__proto__":2'), "token_malformed"],
  ["32 nested arrays", forgeText(nested(32, "[", "]")), "token_malformed"],
  ["a thousand nested arrays", forgeText(nested(1000, "[", "]")), "token_malformed"],
  ["a thousand nested objects", forgeText(nested(1000, '{"a":', "}")), "token_malformed"],
  ["five thousand open brackets", signRaw(header, "[".repeat(5000)), "token_malformed"],
];
