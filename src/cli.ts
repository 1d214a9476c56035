#!/usr/bin/env node
/** The process behind `keyturn`: prepares module loading, then hands over to the program. */
import { reportFailure } from "./exit.ts";
import { quickenModuleLoading } from "./start-cost.ts";

quickenModuleLoading();
const { program } = await import("./commands/program.ts");
await program().parseAsync().catch(reportFailure);
