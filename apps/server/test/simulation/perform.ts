import { failureOf, type TimelineMessage } from '@nexo/client';
import type { TextContent } from '@nexo/shared';
import type { SimulatedDevice, Visit } from './device.ts';
import { rowOf } from './model-database.ts';
import { type Action, users } from './plan.ts';
import type { Actor } from './scheduler.ts';
import type { Story } from './story.ts';

/** Does one step of a plan. What has nothing to act upon by then does nothing. */
export function perform(story: Story, action: Action): void {
  const { scheduler, database } = story;
  const later = (ms: number, what: string, work: () => void) => scheduler.after(story.director, ms, what, work);
  if ('node' in action && !('device' in action)) {
    performOnNode(story, action, later);
    return;
  }
  switch (action.type) {
    case 'newDevice':
      story.addDevice(users[action.user % users.length] ?? users[0]);
      return;
    case 'hold': {
      const rows = database.filed<{ id: string }>('conversations');
      const id = rows[action.chat % rows.length]?.id;
      if (id !== undefined) hold(story, id, action.forMs);
      return;
    }
  }
  if (!('device' in action)) return;
  const device = story.devices[action.device % story.devices.length];
  if (device === undefined) return;
  switch (action.type) {
    case 'offline':
      device.isOffline = true;
      for (const link of device.links) link.cut();
      act(story, device, ({ device: mine }) => mine.tell('offline'));
      return;
    case 'online':
      device.isOffline = false;
      act(story, device, ({ device: mine }) => mine.tell('online'));
      return;
    case 'cut':
      for (const link of device.links) link.cut();
      return;
    case 'halfOpen':
      for (const link of device.links) link.isHalfOpen = true;
      return;
    case 'crash':
      device.kill(action.isHeard);
      later(action.downMs, `${device.name} comes back`, () => {
        if (device.visit === undefined) device.start();
      });
      return;
    case 'move':
      device.node = action.node;
      for (const link of device.links) link.cut();
      return;
    case 'lose':
    case 'repeat':
    case 'swap': {
      const link = device.links.at(-1);
      if (link !== undefined) link.mischief[action.direction][action.type] += action.frames;
      return;
    }
    case 'stall':
      for (const link of device.links) {
        link.stall = { phantomBytes: Math.max(action.phantomBytes, link.stall?.phantomBytes ?? 0) };
        later(action.forMs, `${device.name} reads again`, () =>
          scheduler.after(link.nodeActor ?? story.director, 0, 'drain', () => link.unstall()),
        );
      }
      return;
    case 'freeze':
      if (device.visit !== undefined) freeze(story, device.visit.actor, action.forMs);
      return;
    case 'clock':
      device.clockErrorMs = action.errorMs;
      return;
    case 'disk':
      device.disk.failures += action.failures;
      return;
    default:
      act(story, device, (visit) => performAs(story, visit, action));
  }
}

/** Has a person do something, on the program that runs now. */
function act(story: Story, device: SimulatedDevice, does: (visit: Visit) => void): void {
  const { visit } = device;
  if (visit === undefined) return;
  story.scheduler.after(visit.actor, 0, 'acts', () => {
    if (visit.isUp) does(visit);
  });
}

function performAs(story: Story, visit: Visit, action: Action): void {
  const { client, device } = visit;
  const ids = client.store.conversationIds.get();
  const id = 'chat' in action ? ids[action.chat % Math.max(1, ids.length)] : undefined;
  const nobodyCares = () => {};
  switch (action.type) {
    case 'createGroup': {
      const memberIds = action.users.map((user) => users[user % users.length] ?? users[0]);
      client.groups.create({ name: 'New', memberIds: [...new Set(memberIds)] }).catch(nobodyCares);
      return;
    }
    case 'openDirect':
      client.conversations.openDirect(users[action.user % users.length] ?? users[0]).catch(nobodyCares);
      return;
  }
  if (id === undefined) return;
  const view = client.store.conversation(id).get();
  if (view === undefined) return;
  const rows = client.store.timeline(id).get().items;
  const isOwn = (senderId: string) => senderId === device.userId;
  switch (action.type) {
    case 'send':
      for (let at = 0; at < action.count; at++) {
        const text = `${device.name} ${story.history.sent.length} `.padEnd(action.chars, '.');
        story.noteSent(visit, id, text, client.messages.send(id, text));
      }
      return;
    case 'reply': {
      const quoted = rows.findLast(({ seq, content }) => seq !== undefined && content.type === 'text');
      if (quoted?.seq === undefined) return;
      const text = `${device.name} ${story.history.sent.length} answers ${quoted.seq}`;
      story.noteSent(visit, id, text, client.messages.send(id, text, { replyTo: quoted.seq }), quoted.seq);
      return;
    }
    case 'edit': {
      const own = rows.filter(({ seq, senderId, content }) => isOwn(senderId) && seq !== undefined && content.type === 'text');
      const seq = own.at(-1 - (action.back % Math.max(1, own.length)))?.seq;
      if (seq === undefined) return;
      const text = `${device.name} edits ${story.newId().slice(-6)}`;
      client.messages.edit(id, seq, action.user < users.length ? mentioning(text, action.user) : text).catch(nobodyCares);
      return;
    }
    case 'revoke': {
      const said = rows.filter(
        ({ seq, senderId, content }) =>
          seq !== undefined && content.type === 'text' && (isOwn(senderId) || view.me.role === 'owner'),
      );
      const seq = said.at(-1 - (action.back % Math.max(1, said.length)))?.seq;
      if (seq !== undefined) client.messages.revoke(id, seq).catch(nobodyCares);
      return;
    }
    case 'react': {
      const seq = seqAt(rows, action.back);
      const emoji = ['👍', '❤️', '🎉'][action.kind] ?? '👍';
      if (seq !== undefined) client.messages.react(id, seq, emoji, action.on).catch(nobodyCares);
      return;
    }
    case 'pin': {
      const pins = view.pins ?? [];
      const seq = action.on ? seqAt(rows, action.back) : pins[action.back % Math.max(1, pins.length)]?.seq;
      if (seq !== undefined) client.messages.pin(id, seq, action.on).catch(nobodyCares);
      return;
    }
    case 'remove': {
      const seqs = Array.from({ length: action.count }, (_, at) => seqAt(rows, action.back + at) ?? view.head.seq);
      client.messages
        .remove(
          id,
          [...new Set(seqs)].filter((seq) => seq > 0),
        )
        .catch(nobodyCares);
      return;
    }
    case 'clear':
      client.conversations.clear(id).catch(nobodyCares);
      return;
    case 'mention': {
      const content = mentioning(`${device.name} ${story.history.sent.length} to`, action.user);
      story.noteSent(visit, id, content.text, client.messages.send(id, content));
      return;
    }
    case 'mute': {
      const userId = users[action.user % users.length] ?? users[0];
      client.trpc.groups.muteMember.mutate({ conversationId: id, userId, forMs: action.forMs }).catch(nobodyCares);
      return;
    }
    case 'sendTwice':
      sendTwice(story, visit, action.other, id);
      return;
    case 'read':
      client.conversations.markRead(id, Math.max(1, view.head.seq - action.back));
      return;
    case 'open':
      client.conversations.open(id).catch(nobodyCares);
      return;
    case 'page':
      client.conversations.loadBefore(id).catch(nobodyCares);
      return;
    case 'typing':
      client.messages.typing(id);
      return;
    case 'leave':
      if (view.kind === 'group') client.groups.leave(id).catch(nobodyCares);
      return;
    case 'invite': {
      const user = users[action.user % users.length] ?? users[0];
      if (view.kind === 'group') client.trpc.groups.invite.mutate({ conversationId: id, userIds: [user] }).catch(nobodyCares);
      return;
    }
  }
}

/** A text that speaks to somebody, or, for a number beyond the people, to all. */
function mentioning(text: string, user: number): TextContent {
  const userId = users[user];
  if (userId === undefined) return { type: 'text', text: `${text} @all`, mentionsAll: true };
  return { type: 'text', text: `${text} @${userId}`, mentions: [{ userId, name: userId }] };
}

/** The seq of a loaded row, counted from the last one back. */
function seqAt(rows: readonly TimelineMessage[], back: number): number | undefined {
  return rows.filter(({ seq }) => seq !== undefined).at(-1 - back)?.seq;
}

/** The same message from two devices of a person at once, as a retry on another node does. Both are told the same. */
function sendTwice(story: Story, visit: Visit, other: number, conversationId: string): void {
  const mine = story.devices.filter(({ userId, visit: its }) => userId === visit.device.userId && its?.isUp === true);
  const second = mine[other % Math.max(1, mine.length)]?.visit ?? visit;
  const clientMessageId = story.newId();
  const text = `${visit.device.name} twice ${clientMessageId.slice(-4)}`;
  const content = { type: 'text' as const, text };
  for (const sender of [visit, second]) {
    story.scheduler.after(sender.actor, 0, 'sends the same', () => {
      const answer = sender.client.trpc.messages.send.mutate({ conversationId, clientMessageId, content });
      answer.then(
        ({ message }) => story.history.saw(message),
        (error: unknown) => {
          const failure = failureOf(error);
          if (failure.kind === 'refused' && failure.code === 'INTERNAL') story.scheduler.faults.push(error);
        },
      );
    });
  }
}

function performOnNode(
  story: Story,
  action: Extract<Action, { node: number }>,
  later: (ms: number, what: string, work: () => void) => void,
): void {
  const { scheduler, database, medium } = story;
  const index = action.node % story.nodes.length;
  const node = story.nodes[index];
  const name = `node${index}`;
  switch (action.type) {
    case 'killNode':
      if (node === undefined) return;
      database.cutOff(name);
      node.kill(action.isHeard);
      story.nodes[index] = undefined;
      later(action.downMs, `${name} comes back`, () => {
        if (story.nodes[index] === undefined) story.startNode(index);
      });
      return;
    case 'stopNode':
      if (node === undefined) return;
      scheduler.after(node.actor, 0, 'is told to stop', () => {
        void node.close().then(() => {
          if (story.nodes[index] !== node) return;
          // Its connections to the database close with it.
          database.cutOff(name);
          node.actor.isDead = true;
          story.nodes[index] = undefined;
          later(action.downMs, `${name} comes back`, () => {
            if (story.nodes[index] === undefined) story.startNode(index);
          });
        });
      });
      return;
    case 'freezeNode':
      if (node !== undefined) freeze(story, node.actor, action.forMs);
      return;
    case 'skew':
      story.skews[index] = action.errorMs;
      return;
    case 'askToLeave':
      if (node !== undefined) scheduler.after(node.actor, 0, 'asks to leave', () => node.askToLeave());
      return;
    case 'busAway':
      medium.cutOff(name);
      later(action.forMs, `the bus is back for ${name}`, () => medium.letIn(name));
      return;
    case 'databaseAway':
      database.cutOff(name);
      later(action.forMs, `the database is back for ${name}`, () => database.letIn(name));
      return;
    case 'commit': {
      const fates = database.fates.get(name) ?? [];
      database.fates.set(name, [...fates, action.fate]);
      return;
    }
  }
}

/** Somebody else's long transaction keeps a head locked. */
function hold(story: Story, conversationId: string, forMs: number): void {
  const { scheduler, director, database } = story;
  const transaction = database.begin(director, 'operator');
  void transaction
    .statement('hold', [rowOf.head(conversationId)], () => undefined)
    .then(() => scheduler.wait(director, forMs, 'lets go'))
    .then(() => transaction.rollback());
}

/** Stands still for a while, as a suspended process does. */
function freeze({ scheduler, director }: Story, actor: Actor, forMs: number): void {
  scheduler.freeze(actor);
  scheduler.after(director, forMs, `${actor.name} goes on`, () => scheduler.thaw(actor));
}
