/** As much of autocannon as `load.ts` uses, so that types hold before `bench/node_modules` is installed. */
declare module "autocannon" {
  interface Options {
    readonly url: string;
    /** How many connections, each with one request under way. */
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Milliseconds between looks at whether the time is over. */
    readonly sampleInt: number;
    /** Sent in turn on every connection. */
    readonly requests: readonly { readonly headers: Readonly<Record<string, string>> }[];
  }

  interface Result {
    /** Connection errors and timeouts. */
    readonly errors: number;
    readonly non2xx: number;
  }

  interface Run extends Promise<Result> {
    /** Milliseconds from the request's first byte out to the answer's last byte in. */
    on(
      event: "response",
      listener: (client: object, status: number, bytes: number, milliseconds: number) => void,
    ): this;
  }

  function autocannon(options: Options): Run;
  export = autocannon;
}
