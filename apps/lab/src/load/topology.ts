import type { Db } from '@nexo/db';
import { directConversationId, newId } from '@nexo/shared';
import { type Account, type SeededConversation, seedAccounts, seedConversations } from '../harness/seed.ts';
import type { PlannedConversation } from './plan.ts';

/** The people of a run and what they are in. Places are what a stream sends from: who, and where. */
export interface Topology {
  users: Account[];
  conversations: PlannedConversation[];
}

type Place = readonly [user: number, conversation: number];

/** Accounts of topologies that were made so far on this database; each has people of its own. */
const seeded = new WeakMap<Db, number>();

/** People whom nobody else on this database is. */
export async function seedUsers(db: Db, count: number): Promise<Account[]> {
  const from = seeded.get(db) ?? 0;
  seeded.set(db, from + count);
  return seedAccounts(db, count, from);
}

/** Users in pairs, each with a direct conversation. */
export async function seedPairs(db: Db, userCount: number): Promise<Topology & { places: Place[] }> {
  const users = await seedUsers(db, userCount);
  const conversations = pairsOf(users, 0, userCount);
  await seedConversations(db, namesOf(users, conversations, 'direct'));
  return { users, conversations, places: everyPlace(conversations, 0) };
}

/** One group of everybody. */
export async function seedOneGroup(db: Db, userCount: number): Promise<Topology & { places: Place[] }> {
  const users = await seedUsers(db, userCount);
  const conversations = [{ id: newId(), members: users.map((_, user) => user) }];
  await seedConversations(db, namesOf(users, conversations, 'group'));
  return { users, conversations, places: everyPlace(conversations, 0) };
}

/** One busy group, and other people in pairs beside it. */
export async function seedHotGroup(
  db: Db,
  members: number,
  others: number,
): Promise<Topology & { hot: Place[]; background: Place[] }> {
  const users = await seedUsers(db, members + others);
  const group = { id: newId(), members: Array.from({ length: members }, (_, user) => user) };
  const pairs = pairsOf(users, members, members + others);
  await seedConversations(db, [...namesOf(users, [group], 'group'), ...namesOf(users, pairs, 'direct')]);
  return { users, conversations: [group, ...pairs], hot: everyPlace([group], 0), background: everyPlace(pairs, 1) };
}

/** Everybody has one personal conversation and is in one group of `groupSize`. */
export async function seedPersonalAndGroup(
  db: Db,
  userCount: number,
  groupSize: number,
): Promise<Topology & { personal: Place[]; group: Place[] }> {
  const users = await seedUsers(db, userCount);
  const pairs = pairsOf(users, 0, userCount);
  const groups: PlannedConversation[] = [];
  for (let from = 0; from < userCount; from += groupSize) {
    const size = Math.min(groupSize, userCount - from);
    groups.push({ id: newId(), members: Array.from({ length: size }, (_, i) => from + i) });
  }
  await seedConversations(db, [...namesOf(users, pairs, 'direct'), ...namesOf(users, groups, 'group')]);
  return {
    users,
    conversations: [...pairs, ...groups],
    personal: everyPlace(pairs, 0),
    group: everyPlace(groups, pairs.length),
  };
}

function pairsOf(users: readonly Account[], from: number, to: number): PlannedConversation[] {
  const pairs: PlannedConversation[] = [];
  for (let user = from; user + 1 < to; user += 2) {
    const [a, b] = [users[user], users[user + 1]];
    if (a !== undefined && b !== undefined) pairs.push({ id: directConversationId(a.id, b.id), members: [user, user + 1] });
  }
  return pairs;
}

function everyPlace(conversations: readonly PlannedConversation[], firstIndex: number): Place[] {
  return conversations.flatMap(({ members }, i) => members.map((user): Place => [user, firstIndex + i]));
}

function namesOf(users: readonly Account[], conversations: readonly PlannedConversation[], kind: 'direct' | 'group') {
  return conversations.map(({ id, members }) => ({ id, kind, memberIds: members.map((user) => users[user]?.id ?? '') }));
}

/** People in groups of `groupSize`, and one writer who is in all of them and not in the crowd. */
export async function seedCrowd(
  db: Db,
  userCount: number,
  groupSize: number,
): Promise<{ users: Account[]; writer: Account; conversations: string[]; conversationOfUser: string[] }> {
  const [writer, ...users] = await seedUsers(db, userCount + 1);
  if (writer === undefined) throw new Error('A crowd needs somebody.');
  const groups: SeededConversation[] = [];
  const conversationOfUser: string[] = [];
  for (let from = 0; from < userCount; from += groupSize) {
    const members = users.slice(from, from + groupSize).map((user) => user.id);
    const id = newId();
    groups.push({ id, kind: 'group', memberIds: [writer.id, ...members] });
    for (let i = 0; i < members.length; i++) conversationOfUser.push(id);
  }
  await seedConversations(db, groups);
  // A head that has never moved would be a cursor of 0, which asks for everything.
  await db.sql`update heads set change = 1 where conversation_id = any(${groups.map(({ id }) => id)}::uuid[])`;
  return { users, writer, conversations: groups.map(({ id }) => id), conversationOfUser };
}
