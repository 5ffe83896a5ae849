import type { SupervisorOptions } from '../supervisor.ts';
import { withDatabase } from '../with-database.ts';
import { type Actors, type Caller, createActors } from './actors.ts';
import { insertHistory, stableId } from './insert-history.ts';
import { type PersonId, people, seedPassword } from './people.ts';
import { type DirectStory, directStories, type GroupStory, groupStories, notes } from './stories.ts';
import { writeHistory } from './write-history.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

type Callers = Map<string, Caller>;

/**
 * Fills the database with a small believable world: people with known passwords, direct chats, groups, notes, one conversation
 * of 10,000 messages. People, conversations and read positions come about through the public procedures, the past of the
 * conversations by {@link insertHistory}. Done again it changes nothing. Beside a running Nexo it uses that one's PostgreSQL.
 */
export async function seed(options: Omit<SupervisorOptions, 'mode'>): Promise<void> {
  const { step, log } = options;
  await withDatabase(options, (url) =>
    step(`Filling it with ${people.length} people and what they said`, () => seedDatabase(url)),
  );
  log(`Log in as any of: ${people.map(({ id }) => id).join(', ')}. Everybody's password is ${seedPassword}`);
}

/** The same on any migrated database. */
export async function seedDatabase(databaseUrl: string): Promise<void> {
  await using actors = createActors(databaseUrl);
  const now = Date.now();
  actors.setTime(now - 430 * dayMs);
  const callers: Callers = new Map();
  for (const person of people) callers.set(person.id, await actors.actor(person, seedPassword));
  for (const story of groupStories) await tellGroup(actors, callers, story, now);
  for (const story of directStories) await tellDirect(actors, callers, story, now);
  for (const [id, lines] of Object.entries(notes)) await writeNotes(actors, callers, id, lines, now);
}

async function tellGroup(actors: Actors, callers: Callers, story: GroupStory, now: number): Promise<void> {
  const { name, members } = story;
  const [founder, ...memberIds] = members;
  const fromMs = now - story.beganDaysAgo * dayMs;
  actors.setTime(fromMs);
  const made = await as(callers, founder).groups.create({ name, memberIds, clientGroupId: stableId(name) });
  await tell(actors, callers, made.id, name, members, story, now);
}

async function tellDirect(actors: Actors, callers: Callers, story: DirectStory, now: number): Promise<void> {
  const [one, other] = story.between;
  actors.setTime(now - story.beganDaysAgo * dayMs);
  const made = await as(callers, one).conversations.openDirect({ userId: other });
  await tell(actors, callers, made.id, `${one} and ${other}`, story.between, story, now);
}

async function tell(
  actors: Actors,
  callers: Callers,
  conversationId: string,
  name: string,
  members: readonly PersonId[],
  story: GroupStory | DirectStory,
  now: number,
): Promise<void> {
  const { messages, topic, unread = {} } = story;
  const fromMs = now - story.beganDaysAgo * dayMs;
  const toMs = now - story.quietForMinutes * minuteMs;
  const history = writeHistory({ name, speakers: members, unread, topic, messages, fromMs, toMs });
  if (!(await insertHistory(actors.db, conversationId, name, history))) return;
  actors.setTime(now);
  for (const id of members) {
    const { head } = await as(callers, id).conversations.get({ conversationId });
    await as(callers, id).conversations.markRead({ conversationId, seq: head.seq - (unread[id] ?? 0) });
  }
}

async function writeNotes(actors: Actors, callers: Callers, id: string, lines: readonly string[], now: number): Promise<void> {
  actors.setTime(now - 20 * dayMs);
  const { id: conversationId } = await as(callers, id).conversations.openDirect({ userId: id });
  const history = lines.map((text, i) => ({ senderId: id, text, sentAt: now - (lines.length - i) * 3 * dayMs }));
  await insertHistory(actors.db, conversationId, `notes of ${id}`, history);
}

function as(callers: Callers, id: string): Caller {
  const caller = callers.get(id);
  if (caller === undefined) throw new Error(`Nobody is called ${id}`);
  return caller;
}
