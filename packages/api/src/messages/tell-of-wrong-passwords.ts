import { systemConversationId, systemUserId } from '@nexo/shared';
import { wrongPasswordsWithinMs } from '../auth/note-wrong-password.ts';
import type { Services } from '../context.ts';
import { makeSystemConversations } from '../conversations/system-conversations.ts';
import { toAppError } from '../errors.ts';
import { timeOf } from '../sql-time.ts';

/** So many wrong passwords within a day are worth a message: more than somebody needs who mistypes. */
const tellFromTries = 10;
/** One account is told this often at most, whatever is tried. */
const tellEveryMs = 6 * 3_600_000;
/** Accounts told in one run. */
const tellMaxAccounts = 100;

type Told = Pick<Services, 'db' | 'bus' | 'clock' | 'lanes' | 'newId' | 'log'>;

interface Row {
  userId: string;
  tries: number;
  noticeId: string;
}

/**
 * Tells the owners of accounts whose passwords are being guessed, in their system conversations. The id of a message is stored before
 * it is sent: nodes that do this at the same time, and one that dies between the message and the note of it, make one message.
 */
export async function tellOfWrongPasswords(ctx: Told): Promise<void> {
  const { sql } = ctx.db;
  const before = (ms: number) => timeOf(sql, ctx.clock.now() - ms);
  const rows = await sql<Row[]>`
    select user_id as "userId", tries, notice_id as "noticeId" from wrong_passwords
    where tries >= ${tellFromTries} and (told_at is null or told_at <= ${before(tellEveryMs)})
    order by first_at limit ${tellMaxAccounts}`;
  for (const row of rows) await tell(ctx, row);
  // What is too old to count any more, and too old to put the next message off.
  const old = before(wrongPasswordsWithinMs);
  await sql`delete from wrong_passwords where first_at <= ${old} and (told_at is null or told_at <= ${old})`;
}

async function tell(ctx: Told, { userId, tries, noticeId }: Row): Promise<void> {
  const text = `Somebody entered a wrong password for your account ${tries} times. They did not get in by that, and have to wait longer before each further try. If it was not you, see that your password is a good one, which you use nowhere else: Settings, Password.`;
  try {
    await makeSystemConversations(ctx, [userId]);
    const conversationId = systemConversationId(userId);
    await ctx.lanes.send(systemUserId, { conversationId, clientMessageId: noticeId, content: { type: 'text', text } });
  } catch (error) {
    const { code } = toAppError(error);
    // Another node was faster, with a number that had meanwhile grown; anything else is tried again in the next run.
    if (code !== 'IDEMPOTENCY_MISMATCH') {
      ctx.log.warn({ userId, code }, 'an owner could not be told of wrong passwords');
      return;
    }
  }
  await ctx.db.sql`
    update wrong_passwords set
      told_at = ${timeOf(ctx.db.sql, ctx.clock.now())},
      tries = case when notice_id = ${noticeId} then tries - ${tries} else tries end,
      notice_id = ${ctx.newId()}
    where user_id = ${userId}`;
}
