import { limits } from '@nexo/shared';
import { Cell, CellMap } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { Readable } from '../types/store.ts';

/** Said at most this often while somebody keeps typing. */
const sayEveryMs = 3_000;
/** Somebody who does not say it again has stopped. */
const fadeMs = limits.typingFadeMs;

export interface TypingOptions {
  runtime: Runtime;
  /** May be lost. */
  say(conversationId: string, typing: boolean): void;
}

/** Who is typing where: approximate, and never stored. */
export interface Typing {
  typing(conversationId: string): Readable<readonly string[]>;
  /** A key was pressed here. */
  pressed(conversationId: string): void;
  /** The message is sent: there is nothing being typed. */
  sent(conversationId: string): void;
  /** Somebody else types, or has stopped. */
  heard(conversationId: string, userId: string, isTyping: boolean): void;
  stop(): void;
}

export function makeTyping({ runtime, say }: TypingOptions): Typing {
  const cells = new CellMap(() => new Cell<readonly string[]>([]));
  const saidAt = new Map<string, number>();
  const timers = new Map<string, unknown>();

  function heard(conversationId: string, userId: string, isTyping: boolean): void {
    const key = `${conversationId} ${userId}`;
    runtime.clearTimeout(timers.get(key));
    timers.delete(key);
    const cell = cells.of(conversationId);
    const others = cell.get().filter((id) => id !== userId);
    if (!isTyping) {
      if (others.length !== cell.get().length) cell.set(others);
      return;
    }
    if (others.length === cell.get().length) cell.set([...others, userId]);
    timers.set(
      key,
      runtime.setTimeout(() => heard(conversationId, userId, false), fadeMs),
    );
  }

  return {
    typing: (conversationId) => cells.of(conversationId),
    pressed(conversationId) {
      const now = runtime.now();
      const last = saidAt.get(conversationId);
      if (last !== undefined && now - last < sayEveryMs && now >= last) return;
      saidAt.set(conversationId, now);
      say(conversationId, true);
    },
    sent(conversationId) {
      if (saidAt.delete(conversationId)) say(conversationId, false);
    },
    heard,
    stop() {
      for (const timer of timers.values()) runtime.clearTimeout(timer);
      timers.clear();
      saidAt.clear();
      for (const cell of cells.values()) cell.set([]);
    },
  };
}
