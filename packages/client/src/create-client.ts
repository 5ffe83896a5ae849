import type { ChatClient, ClientOptions } from './types.ts';

/** Makes a client; nothing happens on the network before `auth.login`, `auth.restore` or `start`. */
export function createClient(_options: ClientOptions): ChatClient {
  throw new Error('not yet');
}
