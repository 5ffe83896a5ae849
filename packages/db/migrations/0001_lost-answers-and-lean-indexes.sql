ALTER TABLE "messages" DROP CONSTRAINT "messages_client_message";--> statement-breakpoint
DROP INDEX "messages_last_change";--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "parent_hash" "bytea";--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "succeeded_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "amended" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "messages_amended" ON "messages" USING btree ("conversation_id","last_change") WHERE amended;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_client_message" UNIQUE("client_message_id","conversation_id","sender_id");