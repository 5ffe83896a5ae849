CREATE TABLE "mentions" (
	"conversation_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "mentions_conversation_id_user_id_seq_pk" PRIMARY KEY("conversation_id","user_id","seq")
);
--> statement-breakpoint
CREATE TABLE "group_links" (
	"code" text PRIMARY KEY NOT NULL,
	"conversation_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"max_uses" integer,
	"uses" integer DEFAULT 0 NOT NULL,
	"approval" boolean DEFAULT false NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "group_requests" (
	"conversation_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"message" text,
	"inviter_id" text,
	"status" text NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"handled_by" text,
	"handled_at" timestamp with time zone,
	CONSTRAINT "group_requests_conversation_id_user_id_pk" PRIMARY KEY("conversation_id","user_id")
);
--> statement-breakpoint
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
ALTER TABLE "conversations" ADD COLUMN "disappears_after_read_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "disappears_after_sent_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "change" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "muted_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "left_group" jsonb;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "announcement" text;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "fields" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "join_mode" text DEFAULT 'invitation' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "invitations" text DEFAULT 'free' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "members_visible_to" text DEFAULT 'everyone' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "contacts_by" text DEFAULT 'everyone' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "mention_all_by" text DEFAULT 'admins' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "history_for_newcomers" text DEFAULT 'fromJoining' NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "muted_all" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "dismissed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "content_change" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "reactions" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "forwarded_from_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "disappears_after_read_ms" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "awaits_reading" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "group_links_conversation" ON "group_links" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "group_requests_pending" ON "group_requests" USING btree ("conversation_id","requested_at","user_id") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "group_requests_user" ON "group_requests" USING btree ("user_id","requested_at");--> statement-breakpoint
CREATE INDEX "removed_messages_change" ON "removed_messages" USING btree ("user_id","user_change");--> statement-breakpoint
CREATE INDEX "members_managers" ON "members" USING btree ("conversation_id") WHERE role <> 'member';--> statement-breakpoint
CREATE INDEX "messages_expiry" ON "messages" USING btree ("expires_at") WHERE "messages"."expires_at" is not null and "messages"."type" <> 'expired';--> statement-breakpoint
CREATE INDEX "messages_awaiting_reading" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."awaits_reading";--> statement-breakpoint
CREATE INDEX "messages_gone" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."type" in ('revoked', 'expired') and "messages"."countable";