CREATE TABLE "message_edits" (
	"conversation_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"version" integer NOT NULL,
	"content" jsonb NOT NULL,
	"edited_at" timestamp with time zone,
	"until_change" bigint NOT NULL,
	CONSTRAINT "message_edits_conversation_id_seq_version_pk" PRIMARY KEY("conversation_id","seq","version")
);
--> statement-breakpoint
CREATE TABLE "reactions" (
	"conversation_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"emoji" text NOT NULL,
	"user_id" text NOT NULL,
	"change" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "reactions_conversation_id_seq_emoji_user_id_pk" PRIMARY KEY("conversation_id","seq","emoji","user_id")
);
--> statement-breakpoint
CREATE TABLE "removed_messages" (
	"conversation_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"user_change" bigint NOT NULL,
	CONSTRAINT "removed_messages_conversation_id_user_id_seq_pk" PRIMARY KEY("conversation_id","user_id","seq")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "pins" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "pins_change" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "content_change" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "reactions" jsonb;--> statement-breakpoint
CREATE INDEX "removed_messages_change" ON "removed_messages" USING btree ("user_id","user_change");--> statement-breakpoint
CREATE INDEX "messages_uncounted" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."revoked_at" is not null and "messages"."countable";