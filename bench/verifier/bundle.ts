/** What a verifier adds to an application that is bundled: what one imports to verify a token with keys from a URL. */
import { gzipSync } from "node:zlib";
import type { InstalledPackage } from "./package.ts";

export interface BundleSize {
  readonly name: string;
  /** Minified and compressed by gzip. */
  readonly bytes: number;
}

/** Ours first. */
const ENTRIES = {
  "@keyturn/verifier": "createVerifier",
  jose: "createRemoteJWKSet, jwtVerify",
  "aws-jwt-verify": "JwtVerifier",
  "hono/jwt": "verifyWithJwks",
} as const;

export async function measureBundles({ folder }: InstalledPackage): Promise<BundleSize[]> {
  // Imported late: `install.ts` brings it.
  const { build } = await import("esbuild");
  const sizes: BundleSize[] = [];
  for (const [name, exported] of Object.entries(ENTRIES)) {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${exported} } from ${JSON.stringify(name)};`, resolveDir: folder },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      write: false,
    });
    const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    sizes.push({ name, bytes });
  }
  return sizes;
}
