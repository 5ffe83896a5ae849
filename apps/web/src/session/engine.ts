import { type ChatClient, createClient, indexedDbStorage } from '@nexo/client';

let client: ChatClient | null = null;

/** This tab's chat engine; null while rendering on the server. */
export function getClient(): ChatClient | null {
  if (typeof window === 'undefined') return null;
  client ??= createClient({
    url: window.location.origin,
    transport: 'cookie',
    platform: 'web',
    deviceName: deviceName(navigator.userAgent),
    storage: indexedDbStorage(),
  });
  return client;
}

/** What a person would call this browser in a list of sessions, like `Firefox on Linux`. */
export function deviceName(userAgent: string): string {
  const browser =
    /Edg\//.exec(userAgent) !== null
      ? 'Edge'
      : /Firefox\//.exec(userAgent) !== null
        ? 'Firefox'
        : /Chrome\//.exec(userAgent) !== null
          ? 'Chrome'
          : /Safari\//.exec(userAgent) !== null
            ? 'Safari'
            : 'Browser';
  const system =
    /iPhone|iPad/.exec(userAgent) !== null
      ? 'iOS'
      : /Android/.exec(userAgent) !== null
        ? 'Android'
        : /Windows/.exec(userAgent) !== null
          ? 'Windows'
          : /Mac OS X/.exec(userAgent) !== null
            ? 'macOS'
            : /Linux/.exec(userAgent) !== null
              ? 'Linux'
              : undefined;
  return system === undefined ? browser : `${browser} on ${system}`;
}
