import type { Session } from '@nexo/api';
import { expect, it } from 'vitest';
import { type Connection, Hub } from './hub.ts';

const connectionOf = (session: Session): Connection => ({ session, suspect: false, close: () => {} });

it('remembers whether a person looks at a session only while that session is connected', () => {
  const hub = new Hub();
  const session: Session = { id: 's', userId: 'ann', platform: 'web', transport: 'token' };
  hub.setAppState(session, 'background');
  expect(hub.appState('s')).toBe('foreground');
  const [one, two] = [connectionOf(session), connectionOf(session)];
  hub.add(one);
  hub.add(two);
  hub.setAppState(session, 'background');
  hub.remove(one);
  expect(hub.appState('s')).toBe('background');
  hub.remove(two);
  expect(hub.appState('s')).toBe('foreground');
});
