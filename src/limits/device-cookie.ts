/**
 * The cookie of a device somebody has signed in with: it proves nothing but that, and buys nothing but budgets of its
 * own, so that no stranger's guesses keep the owner out. It names no account: who holds it can only be told with the
 * account's name at hand.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { VersionedSecrets } from "../secrets.ts";

/** Milliseconds. */
const LIFETIME = 180 * 24 * 60 * 60 * 1000;
/** Accounts one device is known for; the longest unused one is forgotten. */
const MOST_ACCOUNTS = 6;

/** `<device>.<issued>.<mac of a name>.<mac of another name>…`, one for each account, joined by `~`. */
const ENTRY = /^([\w-]{22})\.([0-9a-z]{1,9})((?:\.[\w-]{22}){1,3})$/;

export interface DeviceCookie {
  readonly cookieName: string;
  /** The device's id, if it is known for one of these names. */
  find(cookie: string | undefined, names: readonly string[], now: number): string | undefined;
  /** The `Set-Cookie` that makes this device known for an account with these names; undefined if it is, for long. */
  remember(cookie: string | undefined, names: readonly string[], now: number): string | undefined;
}

interface Entry {
  readonly text: string;
  readonly device: string;
  readonly issued: number;
  readonly macs: readonly string[];
}

export function createDeviceCookie(secrets: VersionedSecrets, issuer: string): DeviceCookie {
  const [current, ...previous] = secrets.map(({ value }) => createSecretKey(Buffer.from(value)));
  if (current === undefined) throw new Error("expected a secret");
  const isSecure = issuer.startsWith("https:");
  const cookieName = `${isSecure ? "__Host-" : ""}keyturn.device`;
  const attributes = `Max-Age=${LIFETIME / 1000}; Path=/; HttpOnly; ${isSecure ? "Secure; " : ""}SameSite=Lax`;

  const isFor = ({ device, issued, macs }: Entry, names: readonly string[], keys: readonly KeyObject[]) =>
    names.some((name) =>
      keys.some((key) => macs.some((mac) => isSame(mac, macOf(key, device, issued, name)))),
    );
  const live = (cookie: string | undefined, now: number): Entry[] =>
    readEntries(cookie).filter(({ issued }) => issued <= now && now < issued + LIFETIME);

  return {
    cookieName,
    find: (cookie, names, now) =>
      live(cookie, now).find((entry) => isFor(entry, names, [current, ...previous]))?.device,
    remember(cookie, names, now) {
      const entries = live(cookie, now);
      const own = entries.find((entry) => isFor(entry, names, [current, ...previous]));
      if (
        own !== undefined &&
        own.issued > now - LIFETIME / 2 &&
        names.every((name) => isFor(own, [name], [current]))
      )
        return undefined;
      const device = own?.device ?? randomBytes(16).toString("base64url");
      const issued = Math.floor(now / 1000) * 1000;
      const macs = names.slice(0, 3).map((name) => macOf(current, device, issued, name));
      const others = entries.filter((entry) => entry !== own).map(({ text }) => text);
      const mine = [device, (issued / 1000).toString(36), ...macs].join(".");
      return `${cookieName}=${[mine, ...others].slice(0, MOST_ACCOUNTS).join("~")}; ${attributes}`;
    },
  };
}

function readEntries(cookie = ""): Entry[] {
  return cookie.split("~", MOST_ACCOUNTS).flatMap((text) => {
    const [, device, issued = "", macs = ""] = ENTRY.exec(text) ?? [];
    return device === undefined
      ? []
      : [{ text, device, issued: Number.parseInt(issued, 36) * 1000, macs: macs.slice(1).split(".") }];
  });
}

const macOf = (key: KeyObject, device: string, issued: number, name: string): string =>
  createHmac("sha256", key)
    .update(`keyturn known device\n${device}\n${issued}\n${name}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");

const isSame = (given: string, expected: string): boolean =>
  given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
