// The suite as a program, for Node, Bun and Deno: input from a file, the outcome on standard output.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { runSuite } from "./suite.js";

const input = JSON.parse(await readFile(process.argv[2], "utf8"));
console.log(JSON.stringify(await runSuite(input)));
process.exit(0);
