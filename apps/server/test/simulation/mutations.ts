import type { Mutation } from './bundle.ts';

export interface Guard {
  /** What is promised, for whose sake the guard is there. */
  title: string;
  /** How it is taken out. */
  mutations: Mutation[];
  /** Stories within which its absence is noticed, with room to spare. */
  foundWithin: number;
}

const client = (file: string) => `packages/client/src/${file}`;
const gateway = (file: string) => `apps/server/src/gateway/${file}`;
const model = 'apps/server/test/simulation/model-sends.ts';

/** Guards of the real code, and of the statements that the model stands for. Each is taken out, and the stories must notice. */
export const guards: Guard[] = [
  {
    title: 'the head is locked before its numbers are given',
    mutations: [{ file: model, find: "locks: locks === 'wait' ? ids.map(rowOf.head) : []", replace: 'locks: []' }],
    foundWithin: 500,
  },
  {
    title: 'what was sent before is read after the lock, in a later statement',
    mutations: [
      {
        file: model,
        find: 'const [heads, facts] = (await transaction.pipeline([',
        replace: `const [facts, heads] = (await transaction.pipeline([
          { what: 'read facts', locks: [], work: (tx) => readFacts(tx, sends) },`,
      },
      { file: model, find: "{ what: 'read facts', locks: [], work: (tx) => readFacts(tx, sends) },\n    ])", replace: '])' },
    ],
    foundWithin: 200,
  },
  {
    title: 'a clientMessageId that was committed is not committed again',
    mutations: [
      {
        file: 'packages/api/src/messages/decide.ts',
        find: 'const first = sent.get(sendKey(conversationId, senderId, clientMessageId));',
        replace: 'const first = undefined as MessageView | undefined;',
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'a client applies only the very next change',
    mutations: [
      { file: client('reducer/order.ts'), find: "return number === cursor + 1 ? 'next' : 'early';", replace: "return 'next';" },
    ],
    foundWithin: 500,
  },
  {
    title: 'a client drops what it has applied',
    mutations: [
      {
        file: client('reducer/order.ts'),
        find: "if (number <= cursor) return 'old';",
        replace: "if (number <= cursor) return 'next';",
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'a client compares its cursors with the positions it is told',
    mutations: [
      { file: client('sync/inbox.ts'), find: "else if (item.type === 'positions') checkPositions(item);", replace: '' },
    ],
    foundWithin: 500,
  },
  {
    title: 'a message is stored before it is sent',
    mutations: [
      {
        file: client('outbox/outbox.ts'),
        find: 'options.store({ outbox: [item.pending.entry] }).then(stored, stored);',
        replace: 'void options.store({ outbox: [item.pending.entry] }); stored();',
      },
    ],
    foundWithin: 200,
  },
  {
    title: 'a message of a conversation is sent when the one before it is acknowledged',
    mutations: [
      {
        file: client('outbox/outbox.ts'),
        find: "if (item.phase === 'ready') transmit(item);\n      return;",
        replace: "if (item.phase === 'ready') transmit(item);",
      },
    ],
    foundWithin: 200,
  },
  {
    title: 'every try of a message has the same id',
    mutations: [
      {
        file: client('outbox/outbox.ts'),
        find: '{ conversationId, clientMessageId, content };\n    if',
        replace: '{ conversationId, clientMessageId: runtime.newId(), content };\n    if',
      },
    ],
    foundWithin: 200,
  },
  {
    title: 'a node reads the doorbells that the bus did not ring',
    mutations: [
      {
        file: 'apps/server/src/bus/doorbell-tail.ts',
        find: 'if (this.#options.isMissed(heads)) this.#options.repair(heads);',
        replace: '',
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'the cursor of the doorbells is a snapshot, behind which nothing commits',
    mutations: [
      {
        file: 'apps/server/test/simulation/node.ts',
        find: 'const xmin = String(database.xmin());',
        replace: 'const xmin = String(Math.max(0, ...database.doorbells.map(({ xid }) => xid + 1)));',
      },
    ],
    foundWithin: 3000,
  },
  {
    title: 'a node hands on only the very next change',
    mutations: [
      {
        file: gateway('ordered-stream.ts'),
        find: 'if (this.#cursor !== undefined && range.from <= this.#cursor + 1) {',
        replace: 'if (this.#cursor !== undefined) {',
      },
    ],
    foundWithin: 200,
  },
  {
    title: 'a socket whose queue was forgotten is told to resync',
    mutations: [{ file: gateway('session.ts'), find: 'this.enqueue(resync);', replace: '' }],
    foundWithin: 2000,
  },
  {
    title: 'who leaves hears nothing after it',
    mutations: [
      {
        file: gateway('conversation-stream.ts'),
        find: "if (event.type === 'member.left') this.#options.removed(event.userId, this, event.change);",
        replace: '',
      },
    ],
    foundWithin: 200,
  },
  {
    title: 'who was away for a part of what a node missed is given none of it',
    mutations: [
      {
        file: gateway('conversation-stream.ts'),
        find: 'for (const event of missing.events) if (event.change > this.cursor) this.#withhold(event);',
        replace: '',
      },
    ],
    foundWithin: 6000,
  },
  {
    title: 'what the stream told while a resume was under way is not told again',
    mutations: [
      { file: client('sync/catch-up.ts'), find: 'Math.max(told + 1, conversation.me', replace: 'Math.max(1, conversation.me' },
    ],
    foundWithin: 1500,
  },
  {
    title: 'what was told of a message holds against what was read before and comes later',
    mutations: [
      {
        file: client('reducer/state.ts'),
        find: 'asTold(withoutRemovedRows(conversation), before)',
        replace: 'withoutRemovedRows(conversation)',
      },
    ],
    foundWithin: 3000,
  },
  {
    title: 'a quote that waits to be sent follows its message',
    mutations: [
      {
        file: client('store/timeline-rows.ts'),
        find: 'newestQuote(sources.told, sources.rows, quote)',
        replace: 'quote',
      },
    ],
    foundWithin: 3000,
  },
  {
    title: 'what is gone before it was read counts no more',
    mutations: [
      {
        file: client('reducer/message-life.ts'),
        find: 'isGone(message) ? withGone(me, message) : withMention(me, message, myId)',
        replace: 'withMention(me, message, myId)',
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'a reaction that comes while a message is loaded is put to it',
    mutations: [
      {
        file: client('reducer/versions.ts'),
        find: 'const reactions = putReaction(before, version.reaction);',
        replace: 'const reactions = before;',
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'pins that were missed are learnt from the state diff',
    mutations: [
      {
        file: client('reducer/apply-repair.ts'),
        find: 'if (repair.pins !== undefined && !isBehind) next = withPins(next, repair.pins);',
        replace: '',
      },
    ],
    foundWithin: 1000,
  },
  {
    title: 'the own side is learnt from an answer that the stream has overtaken',
    mutations: [
      {
        file: client('reducer/apply-repair.ts'),
        find: 'return withOvertaken(state, view);',
        replace: 'return state;',
      },
    ],
    foundWithin: 3000,
  },
  {
    title: 'what was cleared does not come back',
    mutations: [
      {
        file: client('reducer/visible.ts'),
        find: 'if (window?.rows.some((row) => row.seq < first) === true) {',
        replace: 'if (first < 0 && window !== null) {',
      },
    ],
    foundWithin: 500,
  },
  {
    title: 'mentions are those of the answer, unless the stream has overtaken it',
    mutations: [
      {
        file: client('reducer/apply-repair.ts'),
        find: 'isBehind ? conversation.view.me : repair.me',
        replace: 'conversation.view.me',
      },
    ],
    foundWithin: 1000,
  },
  {
    title: 'a lane forgets how senders stood when others have been at work',
    mutations: [
      {
        file: 'packages/api/src/messages/known-conversations.ts',
        find: 'const isUndisturbed = known === undefined || isSame(known.counters, found);',
        replace: 'const isUndisturbed = known === undefined || isSame(found, found);',
      },
    ],
    foundWithin: 3000,
  },
];
