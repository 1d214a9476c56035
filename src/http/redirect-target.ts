/** Where a browser may be sent: our own pages and those of trusted origins, compared whole. Pure. */

/** Undefined for everything else. `target`: a URL, or a path of ours. */
export function trustedTarget(
  target: string | undefined,
  [issuer, ...others]: readonly string[],
): URL | undefined {
  if (target === undefined || !URL.canParse(target, issuer)) return undefined;
  const url = new URL(target, issuer);
  return [issuer, ...others].some((origin) => origin === url.origin) ? url : undefined;
}
