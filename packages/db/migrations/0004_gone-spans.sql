CREATE TABLE "gone_spans" (
	"conversation_id" uuid NOT NULL,
	"first" bigint NOT NULL,
	"last" bigint NOT NULL,
	CONSTRAINT "gone_spans_conversation_id_last_pk" PRIMARY KEY("conversation_id","last")
);
--> statement-breakpoint
ALTER TABLE "group_requests" ADD COLUMN "link_code" text;--> statement-breakpoint
CREATE INDEX "tickets_expiry" ON "tickets" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "mentions_message" ON "mentions" USING btree ("conversation_id","seq");
--> statement-breakpoint
-- From here on written by hand.
--
-- What is gone already.
INSERT INTO gone_spans (conversation_id, "first", "last")
SELECT conversation_id, lower(span), upper(span) - 1 FROM (
	SELECT conversation_id, unnest(range_agg(int8range(countable_seq, countable_seq + 1))) AS span
	FROM messages WHERE countable AND type IN ('revoked', 'expired') GROUP BY conversation_id
) gone;
