import type { Head, MessageView, StreamItem } from '@nexo/shared';
import { catchUp, findHead, type ReadingPosition } from './catch-up.ts';
import type { WireClient } from './wire-client.ts';

/**
 * One user's view of one conversation: the rule of the cursor and the order of what was applied, without the engine.
 * `applied` is called once per message of the conversation, in its order.
 */
export interface Reader {
  fromSeq: number;
  seqs: number[];
  clientMessageIds: string[];
  repairs: number;
  take(item: StreamItem): void;
  /** Begins at the conversation's head, which is asked for when it is not known; call after `sync.events` has started. */
  begin(wire: WireClient, head?: Head): Promise<void>;
  /** Goes on over another socket, with whatever was missed; call after `sync.events` has started there. */
  resume(wire: WireClient): void;
  /** The seq of the last message that was applied, or was there before. */
  lastSeq(): number;
  /**
   * Asks the server once more for anything behind the cursor; resolves when there is nothing. Rejects when a repair had failed:
   * the reading has a hole then, and whoever took it for whole would blame the server.
   */
  finish(): Promise<void>;
}

export function makeReader(conversationId: string, applied: (message: MessageView, now: number) => void): Reader {
  let wire: WireClient | undefined;
  const position: ReadingPosition = { change: -1, seq: 0 };
  /** The highest change that was heard of, applied or not. */
  let heard = 0;
  /** The repair under way. One that failed stays here: none follows it, which would fail like it, at once and without end. */
  let repairing: Promise<void> | null = null;

  const reader: Reader = {
    fromSeq: 1,
    seqs: [],
    clientMessageIds: [],
    repairs: 0,
    take(item) {
      if (item.type === 'resync') {
        repair();
      } else if (item.type === 'positions') {
        for (const { id, change } of item.conversations) if (id === conversationId) hear(change);
      } else if ('conversationId' in item && item.conversationId === conversationId && 'change' in item) {
        takeChange(item.change, item.type === 'message.sent' ? item.message : undefined);
      }
    },
    async begin(connected, known) {
      wire = connected;
      const head = known ?? (await findHead(wire, conversationId));
      reader.fromSeq = head.seq + 1;
      position.seq = head.seq;
      position.change = head.change;
      if (heard > position.change) repair();
    },
    resume(connected) {
      wire = connected;
      // What was asked over the old socket ended with it.
      repairing = null;
      reader.repairs++;
      ask(connected);
    },
    lastSeq: () => position.seq,
    async finish() {
      await repaired();
      // As a repair: what comes live meanwhile is in the answer too, and must not be applied beside it.
      if (wire !== undefined) ask(wire);
      await repaired();
    },
  };
  return reader;

  function takeChange(change: number, message: MessageView | undefined): void {
    if (position.change < 0 || repairing !== null) {
      heard = Math.max(heard, change);
    } else if (change === position.change + 1) {
      position.change = change;
      if (message !== undefined) apply(message);
    } else {
      hear(change);
    }
  }

  function hear(change: number): void {
    heard = Math.max(heard, change);
    if (heard > position.change) repair();
  }

  function repair(): void {
    if (repairing !== null || wire === undefined) return;
    reader.repairs++;
    ask(wire);
  }

  /** A repair may be followed by another. */
  async function repaired(): Promise<void> {
    while (repairing !== null) await repairing;
  }

  function ask(connected: WireClient): void {
    const asked = catchUp(connected, conversationId, position, apply).then(() => {
      if (repairing !== asked) return;
      repairing = null;
      if (heard > position.change) repair();
    });
    repairing = asked;
    // finish() is who throws it; until then nobody listens, which Node would take for a crash.
    asked.catch(() => {});
  }

  function apply(message: MessageView): void {
    position.seq = message.seq;
    reader.seqs.push(message.seq);
    reader.clientMessageIds.push(message.clientMessageId);
    applied(message, performance.now());
  }
}
