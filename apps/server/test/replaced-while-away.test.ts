import { createClient } from '@nexo/client';
import { expect, test } from 'vitest';
import { startTestServer } from './gateway/harness.ts';

test('a client that was away while another login took its place is told so when it comes back', async () => {
  await using server = await startTestServer({ settings: { multiLogin: 'sameClass' } });
  const { id: userId } = await server.user('ann');
  const signIn = async (platform: 'ios' | 'android') => {
    const client = createClient({ url: server.url, platform });
    await client.auth.login({ userId, password: server.password });
    await client.start();
    return client;
  };
  const older = await signIn('ios');
  await older.stop();
  const newer = await signIn('android');
  await expect(older.start()).rejects.toThrow('Signed out: replaced');
  expect(older.store.connection.get()).toEqual({ name: 'signedOut', reason: 'replaced' });
  expect(newer.store.connection.get().name).toBe('live');
  await newer.stop();
});
