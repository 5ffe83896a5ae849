import { newId } from '@nexo/shared';
import { PlatformWebSocket } from '#websocket';
import type { Runtime, WebSocketLike } from './types/options.ts';

/** The runtime of this platform, with what is given in its place. */
export function makeRuntime(given: Partial<Runtime> = {}): Runtime {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (work, ms) => setTimeout(work, ms),
    clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    newId: () => newId(),
    fetch: (input, init) => fetch(input, init),
    WebSocket: PlatformWebSocket ?? MissingWebSocket,
    isOnline: () => typeof navigator === 'undefined' || navigator.onLine !== false,
    onEnvironment,
    locks: typeof window === 'undefined' ? undefined : window.navigator.locks,
    ...given,
  };
}

function onEnvironment(listener: (what: 'online' | 'offline' | 'visible') => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
  const online = () => listener('online');
  const offline = () => listener('offline');
  const visible = () => {
    if (document.visibilityState === 'visible') listener('visible');
  };
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  // A page that comes back from the back/forward cache was frozen and says `pageshow`.
  window.addEventListener('pageshow', visible);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
    window.removeEventListener('pageshow', visible);
    document.removeEventListener('visibilitychange', visible);
  };
}

class MissingWebSocket implements WebSocketLike {
  constructor() {
    throw new Error('This platform has no WebSocket: give one in `runtime.WebSocket`.');
  }
  send(): void {}
  close(): void {}
  addEventListener(): void {}
}
