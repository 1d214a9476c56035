// Owns whether checking one more signature at once would hold up others. Whatever has come by the time the event loop
// takes a turn, from however many sockets, is handled in that turn, and who comes later waits for the end of it.

/** As it is when the program starts: the event loop takes its turns also where a test has stopped the clock. */
const { queueMicrotask, setImmediate } = globalThis;
const { nextTick } = process;
/** Milliseconds a turn may have taken already. */
const LONG = 2;

let turnBegan = 0;
/** In this turn. One who asks for a second signature when the first is checked is not another. */
let callers = 0;
let last: "elsewhere" | "calling" | "going on" = "elsewhere";

/** Call it for each signature. A caller who has them checked one by one, as in a loop with `await`, waits for nobody. */
export function holdsUpOthers(): boolean {
  if (callers === 0) {
    turnBegan = performance.now();
    setImmediate(() => {
      callers = 0;
    });
  }
  if (last !== "going on") callers++;
  if (last === "elsewhere") {
    // The next tick comes when nothing is awaited any more; except at the end of a callback, hence a microtask first.
    queueMicrotask(() =>
      nextTick(() => {
        last = "elsewhere";
      }),
    );
  }
  last = "calling";
  queueMicrotask(() => {
    if (last === "calling") last = "going on";
  });
  return callers > 1 && performance.now() - turnBegan > LONG;
}
