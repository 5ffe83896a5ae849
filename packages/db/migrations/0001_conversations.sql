ALTER TABLE "members" ADD COLUMN "pinned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "pin_place" double precision;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mute_mode" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mute_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "marked_unread_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "marked_read_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "draft" jsonb;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "draft_version" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "cleared_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "read_only" boolean DEFAULT false NOT NULL;