import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startRedis } from '../src/harness/index.ts';

/** Says commands in the inline form, then QUIT, and answers all that came back. */
function say(port: number, ...commands: string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(`${[...commands, 'QUIT'].join('\r\n')}\r\n`);
  return text(socket);
}

it('a Redis that was killed comes back empty at the same address', async () => {
  await using redis = await startRedis();
  expect(await say(redis.port, 'SET a 1', 'GET a')).toContain('$1\r\n1\r\n');
  await redis.kill();
  await expect(say(redis.port, 'GET a')).rejects.toThrow('ECONNREFUSED');
  await redis.start();
  expect(await say(redis.port, 'GET a')).toContain('$-1\r\n');
});
