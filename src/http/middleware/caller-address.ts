/** A caller's address and network, remembered for a while: reading addresses is dearer than all that limits do besides. */
import { networkOf } from "../../limits/network.ts";
import { type AppContext, requestHeader } from "../context.ts";
import type { ClientAddress } from "./client-address.ts";

export interface CallerAddress {
  readonly address: string;
  readonly network: string;
}

const MOST_REMEMBERED = 5_000;
const LONGEST_REMEMBERED = 100;

export function createCallerAddress(clientAddress: ClientAddress): (c: AppContext) => CallerAddress {
  const remembered = new Map<string, CallerAddress>();

  return (c) => {
    const peer = c.env.incoming.socket.remoteAddress;
    const forwardedFor = requestHeader(c, "x-forwarded-for");
    const key = forwardedFor === undefined ? (peer ?? "") : `${peer} ${forwardedFor}`;
    const found = remembered.get(key);
    if (found !== undefined) return found;
    const address = clientAddress({ peer, forwardedFor });
    const caller = { address, network: networkOf(address) };
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    if (key.length <= LONGEST_REMEMBERED) remembered.set(key, caller);
    return caller;
  };
}
