import { WebSocket } from 'ws';
import type { WebSocketLike } from '../types/options.ts';

/** Node 20 has no WebSocket of its own. */
export const PlatformWebSocket: (new (url: string) => WebSocketLike) | undefined = WebSocket;
