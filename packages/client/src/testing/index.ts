export { applyEvent } from '../reducer/apply-event.ts';
export { applySnapshot } from '../reducer/apply-repair.ts';
export { type ClientState, emptyState } from '../reducer/state.ts';
export { type ModelServer, makeModelServer } from './model-server.ts';
export { type ServerEnd, SocketPair } from './socket-pair.ts';
export { makeTestLocks, type TestLocks } from './test-locks.ts';
export { type Device, makeTestNetwork, type TestNetwork } from './test-network.ts';
export { makeVirtualTime, type VirtualTime } from './virtual-time.ts';
