/** As much of esbuild as `verifier/` uses, so that types hold before `bench/node_modules` is installed. */
declare module "esbuild" {
  interface Options {
    readonly stdin: { readonly contents: string; readonly resolveDir: string };
    readonly bundle: true;
    readonly minify: true;
    readonly format: "esm";
    readonly platform: "node";
    /** The result is returned, and nothing written. */
    readonly write: false;
  }

  export function build(
    options: Options,
  ): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>;
}
