/** Load on one URL for a while, from this process. Who takes part and in which order is `side-by-side.ts`'s business. */
import { readCpuMilliseconds } from "./process-cost.ts";

export interface Target {
  readonly name: string;
  readonly url: string;
  /** Of the process that answers. */
  readonly pid: number;
  /** Header sets, sent in turn: different people, say. */
  readonly headers: readonly Readonly<Record<string, string>>[];
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Processor time of the answering process per request; undefined where the system does not tell. */
  readonly cpuMicroseconds: number | undefined;
  /** Milliseconds, one for each answer. */
  readonly latencies: readonly number[];
}

/** As many as a busy front end's pool holds, and few enough for two cores. */
const CONNECTIONS = 20;

/** Every answer that is not a 2xx, and every connection that breaks, is a failure and ends the run. */
export async function load({ name, url, pid, headers }: Target, seconds: number): Promise<LoadResult> {
  // Imported late: `install.ts` brings it.
  const { default: autocannon } = await import("autocannon");
  const latencies: number[] = [];
  const cpuBefore = readCpuMilliseconds(pid);
  const start = performance.now();
  let lastAnswer = start;
  const { errors, non2xx } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 50,
    requests: headers.map((each) => ({ headers: each })),
  }).on("response", (_client, _status, _bytes, milliseconds) => {
    latencies.push(milliseconds);
    lastAnswer = performance.now();
  });
  const cpuAfter = readCpuMilliseconds(pid);

  if (errors > 0 || non2xx > 0 || latencies.length === 0) {
    throw new Error(
      `${name}: of ${latencies.length} requests ${non2xx} were refused and ${errors} connections broke`,
    );
  }
  return {
    requestsPerSecond: (latencies.length / (lastAnswer - start)) * 1000,
    cpuMicroseconds:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : ((cpuAfter - cpuBefore) / latencies.length) * 1000,
    latencies,
  };
}
