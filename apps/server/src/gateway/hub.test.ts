import type { Session } from '@nexo/api';
import { expect, it } from 'vitest';
import { type Connection, Hub } from './hub.ts';

const connectionOf = (session: Session): Connection => ({
  session,
  suspect: false,
  silentMs: 0,
  close: () => {},
  enqueue: () => {},
});

it('knows whether a person looks at each connection, and tells whose connections changed', () => {
  const changed: string[] = [];
  const hub = new Hub((userId) => changed.push(userId));
  const session: Session = { id: 's', userId: 'ann', platform: 'web', transport: 'token' };
  const [one, two] = [connectionOf(session), connectionOf(session)];
  hub.add(one);
  hub.add(two);
  expect(hub.connectionsOf(session)).toEqual([one, two]);
  hub.setAppState(one, 'background');
  expect([hub.appState(one), hub.appState(two)]).toEqual(['background', 'foreground']);
  hub.remove(one);
  expect(hub.connectionsOf(session)).toEqual([two]);
  expect(changed).toEqual(['ann', 'ann', 'ann', 'ann']);
});
