CREATE TABLE "wrong_passwords" (
	"user_id" text PRIMARY KEY NOT NULL,
	"tries" integer NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"notice_id" uuid NOT NULL,
	"told_at" timestamp with time zone
);
