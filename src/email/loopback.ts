/** Whether a host name means this machine. */

/** Of a URL: IPv6 addresses stand in brackets. */
export const isLoopbackHost = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
