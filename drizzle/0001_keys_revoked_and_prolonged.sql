ALTER TABLE "audit_event" ALTER COLUMN "at" SET DEFAULT clock_timestamp();--> statement-breakpoint
ALTER TABLE "signing_key" ADD COLUMN "verifying_period_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_event_target_index" ON "audit_event" USING btree ("target","id");--> statement-breakpoint
ALTER TABLE "signing_key" ADD CONSTRAINT "signing_key_revocation" CHECK (("signing_key"."state" = 'revoked') = ("signing_key"."revoked_at" is not null and "signing_key"."revocation_reason" is not null));