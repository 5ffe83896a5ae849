ALTER TABLE "members" ADD COLUMN "cleared" "int8multirange";--> statement-breakpoint
ALTER TABLE "group_requests" ADD COLUMN "group_name" text DEFAULT '' NOT NULL;
--> statement-breakpoint
-- From here on written by hand.
--
-- By which name they applied nobody knows any more.
UPDATE group_requests r SET group_name = g.name FROM groups g WHERE g.conversation_id = r.conversation_id;
--> statement-breakpoint
-- What was revoked quotes nothing any more.
UPDATE messages SET reply_to = NULL WHERE type = 'revoked' AND reply_to IS NOT NULL;
