import { type Random, seeded } from '../load/random.ts';

/** What a person does. The numbers in [0, 1) choose among what there is to choose from when the moment comes. */
export interface Move {
  /** Milliseconds from the beginning. */
  at: number;
  person: number;
  kind: MoveKind;
  choices: readonly [number, number, number];
}

/** How often each is chosen, beside the others. */
const weights = {
  send: 420,
  reply: 70,
  mention: 40,
  /** The same message to two nodes at once. */
  sendTwice: 60,
  markRead: 190,
  /** The newest page, at any node. */
  readPage: 90,
  /** Looks at a conversation and scrolls up. */
  scroll: 35,
  type: 40,
  createGroup: 6,
  openDirect: 12,
  /** Also brings back who left. */
  invite: 18,
  leave: 14,
  /** To where one has left or was removed: it is refused. */
  sendOutside: 8,
  edit: 40,
  revoke: 20,
  react: 45,
  unreact: 12,
  pin: 12,
  unpin: 8,
  remove: 12,
  clear: 4,
  kick: 12,
  mute: 14,
  unmute: 10,
  promote: 8,
  private: 8,
  pinChat: 6,
  unpinChat: 4,
  muteChat: 6,
  unmuteChat: 4,
  hideChat: 4,
  markUnread: 6,
  draft: 8,
  forward: 30,
  receipts: 20,
  muteAll: 6,
  unmuteAll: 6,
  transfer: 6,
  autoDelete: 5,
  /** A group that is made to be dismissed. */
  makeShort: 6,
  dismiss: 3,
  /** A group that people apply to. */
  makeDoor: 4,
  /** As it is made, more people come by it than may. */
  makeLink: 8,
  join: 6,
  apply: 16,
  withdraw: 2,
  accept: 12,
  refuse: 5,
  block: 6,
  unblock: 10,
  askContact: 8,
  acceptContact: 8,
  refuseContact: 3,
  endContact: 3,
  profile: 6,
  /** The network of the device is gone for a while. */
  loseNetwork: 12,
  /** The device is off for a while. */
  switchOff: 8,
  reload: 15,
  /** Comes back on another node. */
  changeNode: 10,
  /** An empty store. */
  newDevice: 4,
} as const;

type MoveKind = keyof typeof weights;

const sendingShare =
  (weights.send + weights.reply + weights.mention + weights.sendTwice) / Object.values(weights).reduce((a, b) => a + b, 0);

/** Which kinds are moves; the order is part of the plan. */
const moveKinds = Object.keys(weights) as MoveKind[];

/** Everything that everybody does. The same seed is the same plan. `rate`: messages a second, all people together. */
export function planMoves(seed: number, people: number, durationMs: number, rate: number): Move[] {
  const random = seeded(seed);
  const moves: Move[] = [];
  // In the beginning each kind once, so that the shortest trial has all of them.
  for (const kind of moveKinds) moves.push(moveOf(random, random() * Math.min(durationMs, 3_000), people, kind));
  const perMs = rate / sendingShare / 1_000;
  for (let at = 0; ; ) {
    at += -Math.log(1 - random()) / perMs;
    if (at >= durationMs) break;
    moves.push(moveOf(random, at, people, pick(random)));
  }
  return moves.sort((a, b) => a.at - b.at);
}

function moveOf(random: Random, at: number, people: number, kind: MoveKind): Move {
  return { at, person: Math.floor(random() * people), kind, choices: [random(), random(), random()] };
}

function pick(random: Random): MoveKind {
  let rest = random() * Object.values(weights).reduce((a, b) => a + b, 0);
  for (const kind of moveKinds) {
    rest -= weights[kind];
    if (rest < 0) return kind;
  }
  return 'send';
}
