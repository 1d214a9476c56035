/** Loaded before everything else (`--import`): moves this process's wall clock by CLOCK_OFFSET_MS. Timers are not touched. */

const offset = Number(process.env["CLOCK_OFFSET_MS"] ?? 0);
const real = Date;
const now = (): number => real.now() + offset;

if (offset !== 0) {
  globalThis.Date = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
}
