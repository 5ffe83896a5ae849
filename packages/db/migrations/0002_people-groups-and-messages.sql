CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"ending" text NOT NULL,
	"scopes" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"owner_id" text NOT NULL,
	"blocked_id" text NOT NULL,
	"blocked_at" timestamp with time zone NOT NULL,
	"removed_at" timestamp with time zone,
	"user_change" bigint NOT NULL,
	CONSTRAINT "blocks_owner_id_blocked_id_pk" PRIMARY KEY("owner_id","blocked_id")
);
--> statement-breakpoint
CREATE TABLE "contact_requests" (
	"from_id" text NOT NULL,
	"to_id" text NOT NULL,
	"message" text,
	"sent_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"end" text,
	"from_change" bigint NOT NULL,
	"to_change" bigint NOT NULL,
	CONSTRAINT "contact_requests_from_id_to_id_pk" PRIMARY KEY("from_id","to_id")
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"owner_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"remark" text,
	"pinned_at" timestamp with time zone,
	"added_at" timestamp with time zone NOT NULL,
	"removed_at" timestamp with time zone,
	"user_change" bigint NOT NULL,
	CONSTRAINT "contacts_owner_id_contact_id_pk" PRIMARY KEY("owner_id","contact_id")
);
--> statement-breakpoint
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
ALTER TABLE "sessions" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "pins" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "pins_change" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "disappears_after_read_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "disappears_after_sent_ms" bigint;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "change" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "heads" ADD COLUMN "untold" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "muted_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "left_group" jsonb;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "shown_read_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "pinned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "pin_place" double precision;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mute_mode" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mute_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "marked_unread_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "marked_read_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "draft" jsonb;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "draft_version" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "cleared_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "read_only" boolean DEFAULT false NOT NULL;--> statement-breakpoint
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
ALTER TABLE "users" ADD COLUMN "suspended_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "blocks_change" ON "blocks" USING btree ("owner_id","user_change");--> statement-breakpoint
CREATE INDEX "contact_requests_to" ON "contact_requests" USING btree ("to_id","from_id");--> statement-breakpoint
CREATE INDEX "contact_requests_expiry" ON "contact_requests" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "contacts_change" ON "contacts" USING btree ("owner_id","user_change");--> statement-breakpoint
CREATE INDEX "group_links_conversation" ON "group_links" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "group_requests_pending" ON "group_requests" USING btree ("conversation_id","requested_at","user_id") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "group_requests_user" ON "group_requests" USING btree ("user_id","requested_at");--> statement-breakpoint
CREATE INDEX "removed_messages_change" ON "removed_messages" USING btree ("user_id","user_change");--> statement-breakpoint
CREATE INDEX "members_managers" ON "members" USING btree ("conversation_id") WHERE role <> 'member';--> statement-breakpoint
CREATE INDEX "messages_expiry" ON "messages" USING btree ("expires_at") WHERE "messages"."expires_at" is not null and "messages"."type" <> 'expired';--> statement-breakpoint
CREATE INDEX "messages_awaiting_reading" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."awaits_reading";--> statement-breakpoint
CREATE INDEX "messages_gone" ON "messages" USING btree ("conversation_id","seq") WHERE "messages"."type" in ('revoked', 'expired') and "messages"."countable";--> statement-breakpoint
-- From here on written by hand.
--
-- Whoever speaks for the system is a user like any other, so that it has a name, and nobody can take its id. Who has taken it before
-- would speak for the operator from now on.
DO $$
DECLARE
	taken text;
BEGIN
	SELECT id INTO taken FROM "users" WHERE lower(id) = 'system';
	IF taken IS NOT NULL THEN
		RAISE EXCEPTION 'The account "%" has the id that belongs to the operator from this version on. Remove that account, then start again. Nothing was changed.', taken;
	END IF;
END $$;
--> statement-breakpoint
INSERT INTO "users" ("id", "display_name", "kind") VALUES ('system', 'Nexo', 'system');
--> statement-breakpoint
-- Until now a contact, for presence, was somebody to whom one had written. Of those pairs the ones that wrote to each other become
-- contacts; the others would find somebody in their list whom they never answered. Each owner's private change moves once.
WITH pairs AS (
	SELECT a.user_id AS owner_id, b.user_id AS contact_id
	FROM conversations c
	JOIN members a ON a.conversation_id = c.id
	JOIN members b ON b.conversation_id = c.id AND b.user_id <> a.user_id
	WHERE c.kind = 'direct'
		AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.sender_id = a.user_id)
		AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.sender_id = b.user_id)
), counted AS (
	INSERT INTO user_heads (user_id, change)
	SELECT DISTINCT owner_id, 1 FROM pairs
	ON CONFLICT (user_id) DO UPDATE SET change = user_heads.change + 1
	RETURNING user_id, change
)
INSERT INTO contacts (owner_id, contact_id, added_at, user_change)
SELECT p.owner_id, p.contact_id, now(), h.change FROM pairs p JOIN counted h ON h.user_id = p.owner_id;
