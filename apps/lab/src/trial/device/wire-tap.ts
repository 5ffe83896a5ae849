import type {
  ChangedMessage,
  ConversationRepair,
  ConversationView,
  ListMessagesResult,
  MarkReadInput,
  MarkReadResult,
  MessageView,
  NexoErrorData,
  ResumeResult,
  SendMessageInput,
  SendMessageResult,
  SnapshotResult,
  StreamItem,
} from '@nexo/shared';
import { itemOf } from '../../history/digest.ts';
import { type Line, nowMicros, type ReceivedLine } from '../../history/line.ts';
import { outcomeOf } from './outcome.ts';

/** Writes down what one life of a device says and hears on the wire, whatever the engine makes of it. */
export interface WireTap {
  openSocket(): { sent(frame: string): void; received(frame: string): void; closed(): void };
  fetched(url: string, init: RequestInit | undefined): { answered(body: string): void; failed(): void };
  /** Nobody is there to hear an answer any more. */
  powerCut(): void;
}

interface Call {
  path: string;
  input: unknown;
  at: number;
}

interface Frame {
  id?: number;
  method?: string;
  params?: { path: string; input: unknown };
  result?: { type?: string; data?: unknown };
  error?: { data?: { nexo?: NexoErrorData } };
}

/** `sawConversation`: a conversation was named to this device. */
export function makeWireTap(by: string, write: (line: Line) => void, sawConversation: (id: string) => void): WireTap {
  const unanswered = new Set<Call>();

  function asked(call: Call): void {
    unanswered.add(call);
    const { path, input, at: t } = call;
    if (path === 'messages.send') {
      const { conversationId, clientMessageId } = input as SendMessageInput;
      write({ t, by, in: conversationId, op: 'send', phase: 'attempt', id: clientMessageId });
    } else if (path === 'conversations.markRead') {
      const { conversationId, seq } = input as MarkReadInput;
      write({ t, by, in: conversationId, op: 'markRead', phase: 'attempt', seq });
    }
  }

  /** `nexo` undefined with `isKnown` false: no answer, or one that says nothing. */
  function failed(call: Call, nexo: NexoErrorData | undefined): void {
    if (!unanswered.delete(call)) return;
    const { path, input } = call;
    const t = nowMicros();
    const ms = (t - call.at) / 1000;
    const outcome = outcomeOf(nexo);
    if (path === 'messages.send') {
      const { conversationId, clientMessageId: id } = input as SendMessageInput;
      const line = { t, by, in: conversationId, op: 'send' as const, id, ms, code: outcome.code };
      if (outcome.phase === 'fail') write({ ...line, phase: 'fail', retryable: outcome.retryable });
      else write({ ...line, phase: 'info' });
    } else if (path === 'conversations.markRead') {
      const { conversationId } = input as MarkReadInput;
      write({ t, by, in: conversationId, op: 'markRead', phase: outcome.phase, code: outcome.code, ms });
    }
  }

  function answered(call: Call, data: unknown): void {
    if (!unanswered.delete(call)) return;
    const t = nowMicros();
    const ms = (t - call.at) / 1000;
    switch (call.path) {
      case 'messages.send': {
        const { message, deduplicated } = data as SendMessageResult;
        const { conversationId, seq, change, clientMessageId: id } = message;
        const digest = itemOf(message)[3];
        write({ t, by, in: conversationId, op: 'send', phase: 'ok', id, seq, change, digest, deduplicated, ms });
        break;
      }
      case 'conversations.markRead': {
        const { conversationId } = call.input as MarkReadInput;
        write({ t, by, in: conversationId, op: 'markRead', phase: 'ok', ms, ...(data as MarkReadResult) });
        break;
      }
      case 'messages.edit':
      case 'messages.revoke':
      case 'messages.react': {
        const { message, changed } = data as ChangedMessage;
        write({ t, by, in: message.conversationId, op: 'told', item: itemOf(message), changed });
        break;
      }
      case 'sync.changes':
        repaired(data as ConversationRepair);
        break;
      case 'sync.resume':
        resumed(data as ResumeResult);
        break;
      case 'sync.snapshot': {
        const { epoch, items } = data as SnapshotResult;
        write({ t, by, op: 'life', event: 'epoch', epoch });
        for (const view of items) viewed(view);
        break;
      }
      case 'conversations.openDirect':
      case 'conversations.get':
      case 'groups.create':
        viewed(data as ConversationView);
        break;
      case 'groups.join': {
        const answer = data as { status: 'joined'; conversation: ConversationView } | { status: 'applied' };
        if (answer.status === 'joined') viewed(answer.conversation);
        break;
      }
      case 'messages.list': {
        const { items, head } = data as ListMessagesResult;
        const id = (call.input as { conversationId: string }).conversationId;
        rows('page', id, [head.seq, head.change], items);
        break;
      }
    }
  }

  function resumed(result: ResumeResult): void {
    if (result.kind === 'epochChanged') {
      write({ t: nowMicros(), by, op: 'life', event: 'epoch', epoch: result.epoch });
      return;
    }
    for (const repair of result.repairs) repaired(repair);
    for (const view of result.added) viewed(view);
  }

  function repaired(repair: ConversationRepair): void {
    if (repair.kind === 'gone') {
      rows('gone', repair.conversationId, [0, 0], []);
    } else if (repair.kind === 'changes') {
      rows('changes', repair.conversationId, [repair.head.seq, repair.head.change], repair.messages);
    } else {
      const { id, head } = repair.conversation;
      rows('reset', id, [head.seq, head.change], repair.messages);
    }
  }

  function viewed(view: ConversationView): void {
    rows('view', view.id, [view.head.seq, view.head.change], view.lastMessage === undefined ? [] : [view.lastMessage]);
  }

  function rows(
    kind: 'changes' | 'reset' | 'view' | 'gone' | 'page',
    id: string,
    head: readonly [number, number],
    messages: readonly MessageView[],
  ): void {
    write({ t: nowMicros(), by, in: id, op: 'repair', kind, head, items: messages.map(itemOf) });
    sawConversation(id);
  }

  function streamed(item: StreamItem): void {
    if (item.type === 'me.joined') {
      viewed(item.conversation);
    } else if ('conversationId' in item) {
      const { type, conversationId } = item;
      write({ t: nowMicros(), by, in: conversationId, op: 'received', type, ...factsOf(item) });
    }
  }

  return {
    openSocket() {
      const calls = new Map<number, Call>();
      const streams = new Set<number>();
      let isOpen = true;
      return {
        sent(text) {
          const frame = frameOf(text);
          if (!isOpen || frame?.params === undefined || frame.id === undefined) return;
          if (frame.method === 'subscription') {
            streams.add(frame.id);
            return;
          }
          const call = { path: frame.params.path, input: frame.params.input, at: nowMicros() };
          calls.set(frame.id, call);
          asked(call);
        },
        received(text) {
          const frame = frameOf(text);
          if (!isOpen || frame?.id === undefined) return;
          if (streams.has(frame.id)) {
            const data = frame.result?.data;
            if (Array.isArray(data)) for (const item of data as StreamItem[]) streamed(item);
            return;
          }
          const call = calls.get(frame.id);
          if (call === undefined) return;
          calls.delete(frame.id);
          if (frame.error !== undefined) failed(call, frame.error.data?.nexo);
          else answered(call, frame.result?.data);
        },
        closed() {
          isOpen = false;
          for (const call of calls.values()) failed(call, undefined);
          calls.clear();
        },
      };
    },
    fetched(url, init) {
      const path = new URL(url).pathname.split('/').at(-1) ?? '';
      const call = { path, input: inputOf(url, init), at: nowMicros() };
      asked(call);
      return {
        answered(body) {
          const frame = frameOf(body);
          if (frame?.error !== undefined) failed(call, frame.error.data?.nexo);
          else if (frame?.result !== undefined) answered(call, frame.result.data);
          else failed(call, undefined);
        },
        failed: () => failed(call, undefined),
      };
    },
    powerCut() {
      for (const call of [...unanswered]) failed(call, undefined);
    },
  };
}

/** What the checker wants to know of an event, beside its kind. */
function factsOf(item: StreamItem): Pick<ReceivedLine, 'change' | 'item' | 'user' | 'role' | 'seq' | 'dueInMs'> {
  switch (item.type) {
    case 'message.expiring':
      return { change: item.change, seq: item.seq, dueInMs: item.expiresAt - Date.now() };
    case 'message.reacted':
    case 'message.unpinned':
      return { change: item.change, seq: item.seq, user: item.userId };
    case 'message.pinned':
      return { change: item.change, seq: item.pin.seq, user: item.pin.pinnedBy };
    case 'message.edited':
    case 'message.revoked':
    case 'message.expired':
      return { change: item.change, item: itemOf(item.message) };
    case 'message.sent':
      return { change: item.change, item: itemOf(item.message), ...dueOf(item.message) };
    case 'member.joined':
    case 'member.updated':
      return { change: item.change, user: item.member.userId, role: item.member.role };
    case 'member.left':
      return { change: item.change, user: item.userId };
    case 'typing':
      return { user: item.userId };
    default:
      return 'change' in item && typeof item.change === 'number' ? { change: item.change } : {};
  }
}

/** In how many milliseconds a new message disappears, read or not. */
function dueOf({ seq, expiresAt }: MessageView): { seq?: number; dueInMs?: number } {
  return expiresAt === undefined ? {} : { seq, dueInMs: expiresAt - Date.now() };
}

function frameOf(text: string): Frame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}

function inputOf(url: string, init: RequestInit | undefined): unknown {
  try {
    const input = new URL(url).searchParams.get('input');
    return JSON.parse(input ?? (typeof init?.body === 'string' ? init.body : '{}'));
  } catch {
    return {};
  }
}
