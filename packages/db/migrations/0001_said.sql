CREATE TABLE "mentions" (
	"conversation_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "mentions_conversation_id_user_id_seq_pk" PRIMARY KEY("conversation_id","user_id","seq")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "disappears_after_read_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "disappears_after_sent_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "change" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "forwarded_from_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "disappears_after_read_ms" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "awaits_reading" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "messages_expiry" ON "messages" USING btree ("expires_at") WHERE "messages"."expires_at" is not null and "messages"."type" <> 'expired';--> statement-breakpoint
CREATE INDEX "messages_awaiting_reading" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."awaits_reading";--> statement-breakpoint
CREATE INDEX "messages_expired" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."type" = 'expired';