import type { PersonId } from './people.ts';
import type { Topic } from './phrases.ts';

/** A conversation of the seeded world. Times count backwards from the moment of seeding. */
interface Talk {
  messages: number;
  topic: Topic;
  /** When it began, and when the last word was said. */
  beganDaysAgo: number;
  quietForMinutes: number;
  /** Who has not read the newest ones, and how many of them. Everybody else has read all. */
  unread?: Partial<Record<PersonId, number>>;
}

export interface DirectStory extends Talk {
  between: readonly [PersonId, PersonId];
}

export interface GroupStory extends Talk {
  name: string;
  /** The first one makes the group. */
  members: readonly [PersonId, ...PersonId[]];
}

export const directStories: readonly DirectStory[] = [
  { between: ['alice', 'bob'], messages: 340, topic: 'site', beganDaysAgo: 200, quietForMinutes: 4, unread: { alice: 2 } },
  { between: ['alice', 'carla'], messages: 180, topic: 'site', beganDaysAgo: 150, quietForMinutes: 55 },
  { between: ['alice', 'mei'], messages: 90, topic: 'plans', beganDaysAgo: 80, quietForMinutes: 180, unread: { mei: 3 } },
  { between: ['alice', 'rosa'], messages: 60, topic: 'trip', beganDaysAgo: 40, quietForMinutes: 26 * 60, unread: { alice: 1 } },
  { between: ['alice', 'tomas'], messages: 7, topic: 'plans', beganDaysAgo: 2, quietForMinutes: 300 },
  { between: ['bob', 'deniz'], messages: 140, topic: 'running', beganDaysAgo: 120, quietForMinutes: 90 },
  { between: ['bob', 'sven'], messages: 75, topic: 'site', beganDaysAgo: 100, quietForMinutes: 20, unread: { bob: 4 } },
  { between: ['carla', 'emeka'], messages: 110, topic: 'site', beganDaysAgo: 90, quietForMinutes: 400 },
  { between: ['farah', 'kateryna'], messages: 160, topic: 'books', beganDaysAgo: 170, quietForMinutes: 35 },
  { between: ['hana', 'jun'], messages: 45, topic: 'plans', beganDaysAgo: 30, quietForMinutes: 700 },
  { between: ['pablo', 'liam'], messages: 85, topic: 'food', beganDaysAgo: 60, quietForMinutes: 140 },
  { between: ['olga', 'quinn'], messages: 50, topic: 'running', beganDaysAgo: 50, quietForMinutes: 1_500 },
];

export const groupStories: readonly GroupStory[] = [
  {
    name: 'Harbour rebuild',
    members: ['alice', 'bob', 'carla', 'emeka', 'goran', 'hana', 'ivan', 'noor', 'sven'],
    messages: 10_000,
    topic: 'site',
    beganDaysAgo: 420,
    quietForMinutes: 11,
    unread: { alice: 12, noor: 140, ivan: 3 },
  },
  {
    name: 'Book club',
    members: ['farah', 'alice', 'kateryna', 'mei', 'quinn', 'tomas'],
    messages: 420,
    topic: 'books',
    beganDaysAgo: 300,
    quietForMinutes: 160,
    unread: { alice: 5, tomas: 40 },
  },
  {
    name: 'Sunday runners',
    members: ['olga', 'bob', 'deniz', 'quinn', 'liam', 'jun', 'alice'],
    messages: 350,
    topic: 'running',
    beganDaysAgo: 240,
    quietForMinutes: 1_200,
  },
  {
    name: 'Porto in May',
    members: ['rosa', 'alice', 'bob', 'pablo', 'mei', 'liam'],
    messages: 230,
    topic: 'trip',
    beganDaysAgo: 60,
    quietForMinutes: 45,
    unread: { bob: 9 },
  },
  {
    name: 'Lunch, 2nd floor',
    members: ['pablo', 'alice', 'carla', 'deniz', 'noor', 'sven', 'hana', 'goran', 'tomas', 'quinn', 'farah'],
    messages: 500,
    topic: 'food',
    beganDaysAgo: 180,
    quietForMinutes: 8,
    unread: { alice: 1, tomas: 2 },
  },
];

/** Notes to oneself. */
export const notes: Partial<Record<PersonId, readonly string[]>> = {
  alice: [
    'Measure the quay wall again before Thursday',
    'Gift for Mei: the blue teapot',
    'Ask Noor about the permit number',
    'Dentist, the 14th, 8:30',
  ],
  bob: ['Crane inspection is due', 'Boots, size 45, the yellow ones'],
};
