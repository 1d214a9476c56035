/** The caller's address: the socket's, unless the peer is a trusted proxy, whose `X-Forwarded-For` is then believed. */
import ipaddr from "ipaddr.js";

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

interface Hop {
  readonly peer: string | undefined;
  readonly forwardedFor: string | undefined;
}

export type ClientAddress = (hop: Hop) => string;

/** Reads `X-Forwarded-For` from the right: the first address that is not one of ours is the caller's. */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const networks = trustedProxies.map(toNetwork);
  const isTrusted = (address: string) => {
    const parsed = parse(address);
    return (
      parsed !== undefined &&
      networks.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match([base, bits]))
    );
  };

  return ({ peer = "", forwardedFor = "" }) => {
    let client = normalise(peer);
    const hops = forwardedFor.split(",").map((hop) => hop.trim());
    while (isTrusted(client)) {
      const next = hops.pop();
      if (next === undefined || parse(next) === undefined) break;
      client = normalise(next);
    }
    return client;
  };
}

function toNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

const parse = (text: string) => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined);

/** `::ffff:127.0.0.1` is 127.0.0.1. */
const normalise = (text: string): string => parse(text)?.toString() ?? "0.0.0.0";
