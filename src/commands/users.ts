/** `keyturn users`: what an operator does to people when nobody can sign in to do it. */
import { Command } from "commander";
import { grantAdminCommand } from "./users/grant-admin.ts";
import { importCommand } from "./users/import.ts";

export const usersCommand = (): Command =>
  new Command("users").description("people").addCommand(grantAdminCommand()).addCommand(importCommand());
