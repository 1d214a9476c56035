/** What a browser does with redirects and cookies, and nothing else of it. */

export interface Browser {
  /** Follows redirects until there is none, or until `stop` says so of an address. Gives the last address. */
  follow(url: string, stop?: (url: URL) => boolean): Promise<URL>;
  post(url: string, body: unknown): Promise<Response>;
  get(url: string): Promise<Response>;
}

export function openBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>();

  async function send(url: URL, init: RequestInit = {}): Promise<Response> {
    const jar = jars.get(url.host) ?? new Map<string, string>();
    jars.set(url.host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...Object.fromEntries(new Headers(init.headers)), cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line) || value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  return {
    async follow(start, stop = () => false) {
      let url = new URL(start);
      for (let hops = 0; hops < 20; hops++) {
        const response = await send(url);
        const location = response.headers.get("location");
        if (location === null) return url;
        url = new URL(location, url);
        if (stop(url)) return url;
      }
      throw new Error("expected an end of redirects");
    },
    post: (url, body) =>
      send(new URL(url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    get: (url) => send(new URL(url)),
  };
}
