/** What people would call the thing they sign in with, and what makes two of them alike. Deciding only. */
import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";

/** The first that fits: many browsers claim to be Chrome and Safari as well. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/[\d.]+.*\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:iPhone|iPod)\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac(?:intosh| OS X)\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const OTHER = "another program";

/** `Firefox on Linux`. Made of our own words: what a caller writes into its name must not be ours to pass on. */
export function describeDevice(userAgent: string): string {
  const named = (list: typeof BROWSERS) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)];
  if (browser === undefined) return system === undefined ? OTHER : `${OTHER} on ${system}`;
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** Alike for the same program, whatever its version, in the same /24 (IPv4) or /48 (IPv6). */
export function deviceFingerprint(userAgent: string, address: string): string {
  const device = describeDevice(userAgent);
  const program = device.startsWith(OTHER) ? userAgent.replaceAll(/[\d._]+/g, "") : device;
  return createHash("sha256")
    .update(`${program}\n${networkOf(address)}`)
    .digest("base64url");
}

function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  const bits = parsed.kind() === "ipv4" ? 24 : 48;
  return `${parsed
    .toByteArray()
    .slice(0, bits / 8)
    .join(".")}/${bits}`;
}
