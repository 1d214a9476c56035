/** Files pages load, read once at start: our style sheet and the API reference, all from this machine. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const ownFolder = fileURLToPath(new URL("./assets", import.meta.url));
const swaggerFolder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const FILES = {
  "keyturn.css": { folder: ownFolder, type: CSS },
  "keyturn.svg": { folder: ownFolder, type: "image/svg+xml" },
  "api-reference.js": { folder: ownFolder, type: SCRIPT },
  "second-factor.js": { folder: ownFolder, type: SCRIPT },
  "invitation.js": { folder: ownFolder, type: SCRIPT },
  "swagger-ui.css": { folder: swaggerFolder, type: CSS },
  "swagger-ui-bundle.js": { folder: swaggerFolder, type: SCRIPT },
} as const;

const isAsset = (name: string): name is keyof typeof FILES => Object.hasOwn(FILES, name);

/** Undefined for any name that is not in the list above; names are never used as paths. */
export function createReadAsset(): (name: string) => Asset | undefined {
  const kept = new Map<string, Asset>();
  return (name) => {
    if (!isAsset(name)) return undefined;
    const { folder, type } = FILES[name];
    const asset = kept.get(name) ?? { type, body: new Uint8Array(readFileSync(join(folder, name))) };
    kept.set(name, asset);
    return asset;
  };
}
