/**
 * `/metrics`: for a Prometheus on the same network. What came from a public address, or through a proxy, is refused:
 * the numbers tell how busy an installation is.
 */
import ipaddr from "ipaddr.js";
import { AppError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { type AppContext, requestHeader } from "./context.ts";

const PRIVATE: ReadonlySet<string> = new Set([
  "loopback",
  "private",
  "uniqueLocal",
  "linkLocal",
  "carrierGradeNat",
]);
const MARKS_OF_A_PROXY = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
] as const;

export const createMetricsHandler =
  ({ render }: Pick<Metrics, "render">) =>
  async (c: AppContext): Promise<Response> => {
    if (!isDirectFromPrivateNetwork(c)) {
      throw new AppError(
        "forbidden",
        "Expected a direct request from a private network, not through a proxy.",
      );
    }
    const { body, contentType } = await render();
    return c.body(body, 200, { "Content-Type": contentType, "Cache-Control": "no-store" });
  };

function isDirectFromPrivateNetwork(c: AppContext): boolean {
  const peer = c.env.incoming.socket.remoteAddress ?? "";
  if (!ipaddr.isValid(peer) || !PRIVATE.has(ipaddr.process(peer).range())) return false;
  return MARKS_OF_A_PROXY.every((name) => requestHeader(c, name) === undefined);
}
