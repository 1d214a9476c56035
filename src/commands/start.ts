/** `keyturn start`: the server, as `npm start` runs it. */
import { Command } from "commander";
import { serve } from "../serve.ts";

export const startCommand = (): Command => new Command("start").description("run the server").action(serve);
