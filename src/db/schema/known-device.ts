/** From where each person has signed in before. What makes two sign-ins alike is `accounts/new-device.ts`'s business. */
import { pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { time, user } from "./accounts.ts";

export const knownDevice = pgTable(
  "known_device",
  {
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** A hash of device and network. */
    fingerprint: text("fingerprint").notNull(),
    seenAt: time("seen_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.fingerprint] })],
);
