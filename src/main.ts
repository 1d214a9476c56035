/** The process behind `npm start`: prepares module loading, then serves. */
import { reportFailure } from "./exit.ts";
import { quickenModuleLoading } from "./start-cost.ts";

quickenModuleLoading();
const { serve } = await import("./serve.ts");
await serve().catch(reportFailure);
