/** Numbers for Prometheus: a registry, the process's own metrics, and gauges and counters that are read when asked. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** One number, with the labels that tell it from others of the same metric. */
interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface MetricOptions {
  /** `keyturn_…`, with the unit at the end, and `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Everything there is to tell, each time somebody asks. */
  read(): readonly Reading[];
}

export interface Metrics {
  /** What goes up and down. */
  gauge(options: MetricOptions): void;
  /** What only grows while the process lives. */
  counter(options: MetricOptions): void;
  /** The text exposition format, version 0.0.4. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const parts = ({ name, help, labels = [] }: MetricOptions) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [],
  });
  return {
    gauge(options) {
      const gauge = new Gauge({
        ...parts(options),
        collect() {
          const readings = options.read();
          this.reset();
          // Reset, a metric without labels is 0; one that has nothing to tell must not tell that.
          if (readings.length === 0 && options.labels === undefined) this.remove();
          for (const { labels = {}, value } of readings) this.set(labels, value);
        },
      });
      registry.registerMetric(gauge);
    },
    counter(options) {
      const counter = new Counter({
        ...parts(options),
        collect() {
          this.reset();
          for (const { labels = {}, value } of options.read()) this.inc(labels, value);
        },
      });
      registry.registerMetric(counter);
    },
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}
