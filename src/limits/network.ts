/**
 * Whom an address belongs to, as far as limits are concerned: one IPv4 address, or one IPv6 network of /64, which is the
 * least anybody is given (RFC 6177 §2). Pure.
 */
import ipaddr from "ipaddr.js";

/** Where translated or tunnelled IPv6 has its IPv4 address: RFC 6052 §2.1 (NAT64) and RFC 3056 §2 (6to4). */
const EMBEDDED_AT: ReadonlyMap<string, number> = new Map([
  ["rfc6052", 12],
  ["6to4", 2],
]);

/** An IPv4 address in IPv6 clothes is that IPv4 address, however much room lies behind it. */
export function networkOf(address: string): string {
  const [bare = ""] = address.split("%", 1);
  if (!ipaddr.isValid(bare)) return "unknown";
  const parsed = ipaddr.process(bare);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const at = EMBEDDED_AT.get(parsed.range());
  if (at !== undefined)
    return parsed
      .toByteArray()
      .slice(at, at + 4)
      .join(".");
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
