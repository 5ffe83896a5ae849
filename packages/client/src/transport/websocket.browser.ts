import type { WebSocketLike } from '../types/options.ts';

/** The platform's own WebSocket. */
export const PlatformWebSocket: (new (url: string) => WebSocketLike) | undefined = globalThis.WebSocket;
