DROP INDEX "members_change";--> statement-breakpoint
CREATE INDEX "members_change" ON "members" USING btree ("conversation_id","change") WHERE change > 0;