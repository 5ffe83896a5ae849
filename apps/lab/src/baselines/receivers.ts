import { serveParent } from '../load/child.ts';
import { type LeanWebSocket, openWebSocket } from '../wire/web-socket.ts';
import type { ReceiversCommand, ReceiversMessage } from './messages.ts';

/** Counts what a thousand sockets are told. The counting ends when nothing has come for a moment. */
const quietMs = 500;
const connectingAtOnce = 100;

serveParent<ReceiversCommand, ReceiversMessage>(async ({ port, sockets, subscribe }, tell) => {
  let frames = 0;
  let firstAt = 0;
  let lastAt = 0;
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const socket: LeanWebSocket = openWebSocket(port, '/', {
        open() {
          if (subscribe) socket.send('{"id":1,"method":"subscription","params":{"path":"said"}}');
          resolve();
        },
        message(_buffer, start, end) {
          // What tRPC answers to the subscription itself is shorter than anything that is said.
          if (end - start < 100) return;
          frames++;
          lastAt = performance.now();
          if (firstAt === 0) firstAt = lastAt;
        },
        close: () => reject(new Error('A socket was closed.')),
      });
    });
  for (let from = 0; from < sockets; from += connectingAtOnce) {
    await Promise.all(Array.from({ length: Math.min(connectingAtOnce, sockets - from) }, open));
  }
  tell({ type: 'connected' });
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (firstAt === 0 || performance.now() - lastAt < quietMs) return;
      clearInterval(look);
      resolve();
    }, 50);
  });
  tell({ type: 'received', frames, seconds: (lastAt - firstAt) / 1000 });
});
