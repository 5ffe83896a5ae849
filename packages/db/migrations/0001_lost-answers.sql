ALTER TABLE "tokens" ADD COLUMN "parent_hash" "bytea";--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "succeeded_at" timestamp with time zone;