import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { appRouter, type Log, type RequestContext } from '@nexo/api';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import type { AnswerKind } from './answers.ts';

export interface StockHandlerOptions {
  wss: WebSocketServer;
  /** Resolves when it is known who asks. */
  context: Promise<RequestContext>;
  isOpen(): boolean;
  send(json: string): void;
  /** Called for each answer, before it is sent. */
  answered(id: number | string | null, kind: AnswerKind): void;
  /** tRPC gives the connection up. */
  close(): void;
  log: Log;
}

export interface StockHandler {
  /** Hands over one message of the client, parsed. */
  handle(message: unknown): void;
  /** The socket is gone: whatever still runs for it is cancelled. */
  closed(): void;
}

const nothing = Buffer.alloc(0);
/** The handler reads its address alone, which announces no connection parameters: those were taken before. */
const request = { url: '/', headers: { host: 'nexo' } } as IncomingMessage;

/**
 * tRPC's own WebSocket handler behind something that looks like a socket. It keeps doing what it does well (ordinary
 * subscriptions), while reading, parsing, bounding, calls and writing are ours.
 */
export function startStockHandler(options: StockHandlerOptions): StockHandler {
  let handing: unknown;
  const facade = new FacadeSocket(options);
  const attach = getWSConnectionHandler({
    router: appRouter,
    wss: options.wss,
    createContext: () => options.context,
    experimental_encoder: {
      // Called within `emit` below: the message was parsed before, once.
      decode: () => handing,
      encode: (message) => {
        const { id, kind } = describe(message);
        options.answered(id, kind);
        return JSON.stringify(message);
      },
    },
    onError: ({ error, path }) => options.log.debug({ error, path }, 'an operation was refused'),
  });
  // The handler uses on, once, send, close and readyState alone, which the facade has.
  attach(facade as unknown as WebSocket, request);
  return {
    handle(message) {
      handing = message;
      // Marked as binary, so that the handler takes what `decode` answers instead of making text of it.
      facade.emit('message', nothing, true);
      handing = undefined;
    },
    closed() {
      facade.emit('close');
    },
  };
}

class FacadeSocket extends EventEmitter {
  readonly #options: StockHandlerOptions;

  constructor(options: StockHandlerOptions) {
    super();
    this.#options = options;
  }

  get readyState(): 1 | 3 {
    return this.#options.isOpen() ? 1 : 3;
  }

  send(data: string): void {
    this.#options.send(data);
  }

  close(): void {
    this.#options.close();
  }

  terminate(): void {
    this.#options.close();
  }
}

function describe(message: unknown): { id: number | string | null; kind: AnswerKind } {
  if (typeof message !== 'object' || message === null || !('id' in message)) return { id: null, kind: 'more' };
  const id = typeof message.id === 'number' || typeof message.id === 'string' ? message.id : null;
  const result = 'result' in message ? message.result : undefined;
  const type = typeof result === 'object' && result !== null && 'type' in result ? result.type : undefined;
  return { id, kind: type === 'started' ? 'started' : type === 'data' ? 'more' : 'ended' };
}
