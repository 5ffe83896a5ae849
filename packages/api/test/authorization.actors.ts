/**
 * Who asks: nobody logged in; a stranger who was never in the group; somebody whom owner and bystander have blocked, and who means
 * the direct conversation with that owner instead of the group; an ex-member who has left it; a member; a member muted for an hour; an
 * admin; the owner; a member of a suspended account, with the access token of before; a customer's server with a key for everything, and
 * one whose key lacks the scope.
 */
export const actors = [
  ...(['nobody', 'stranger', 'blocked', 'exMember', 'member', 'muted', 'admin', 'owner', 'suspended'] as const),
  ...(['key', 'keyWithoutScope'] as const),
] as const;
export type Actor = (typeof actors)[number];

/** `ok`, a code of `errorCodes`, or the `kind` of an answer that says "not for you" without being an error. */
export type Outcome = string;

/** What becomes of a good call of each. */
export type Expected = Record<Actor, Outcome>;

/** For anybody, logged in or not. */
export const anybody: Expected = {
  ...{ nobody: 'ok', stranger: 'ok', blocked: 'ok', exMember: 'ok', member: 'ok', muted: 'ok', admin: 'ok', owner: 'ok' },
  ...{ suspended: 'ok', key: 'ok', keyWithoutScope: 'ok' },
};
/** For everybody who is logged in, about what is their own. */
export const everyUser: Expected = {
  ...{ ...anybody, nobody: 'UNAUTHENTICATED', suspended: 'UNAUTHENTICATED' },
  ...{ key: 'UNAUTHENTICATED', keyWithoutScope: 'UNAUTHENTICATED' },
};
/** For the customer's own servers, whose keys have the scope. */
export const keys = {
  ...(Object.fromEntries(actors.map((actor) => [actor, 'UNAUTHENTICATED'])) as Expected),
  ...{ key: 'ok', keyWithoutScope: 'FORBIDDEN' },
};
/** For who is or was in the conversation; what it shows is another matter. */
export const readers: Expected = { ...everyUser, stranger: 'NOT_FOUND' };
/** For who is in the conversation now. */
export const present: Expected = { ...readers, exMember: 'FORBIDDEN' };
/** For who may say something there now. */
export const speakers: Expected = { ...present, blocked: 'NOT_REACHABLE', muted: 'MUTED' };
/** For who is in it now, and it is a group. */
export const members: Expected = { ...present, blocked: 'FORBIDDEN' };
/** For those who keep order in a group. */
export const admins: Expected = { ...members, member: 'FORBIDDEN', muted: 'FORBIDDEN' };
export const ownerAlone: Expected = { ...admins, admin: 'FORBIDDEN' };

/** The same, with another outcome for some. */
export function but(expected: Expected, outcome: Outcome, ...who: Actor[]): Expected {
  return { ...expected, ...Object.fromEntries(who.map((actor) => [actor, outcome])) };
}

/** Who may call, in words, by who of those is answered. */
const audiences: [Expected, string][] = [
  [anybody, 'anybody'],
  [everyUser, 'every user'],
  [keys, 'a key'],
  [readers, 'who is or was in the conversation'],
  [present, 'who is in the conversation'],
  [speakers, 'who may write in the conversation'],
  [but(readers, 'NOT_FOUND', 'blocked'), 'who is or was in the group'],
  [members, 'who is in the group'],
  [admins, 'admins and the owner'],
  [ownerAlone, 'the owner'],
];

/** Who may call what has these outcomes, in words; undefined: none are known. */
export function audienceOf(expected: Expected): string | undefined {
  const answered = (outcomes: Expected) => actors.filter((actor) => outcomes[actor] === 'ok' && actor !== 'suspended').join();
  return audiences.find(([outcomes]) => answered(outcomes) === answered(expected))?.[1];
}
