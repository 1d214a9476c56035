/** The demo went otherwise than announced: the message says what was expected and what came. Anything else is a bug. */
export class Difference extends Error {
  override readonly name = "Difference";
}
