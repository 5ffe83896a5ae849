export { type FaultProxy, startFaultProxy } from './proxy.ts';
export { type Account, seedAccounts } from './seed.ts';
export { freePort, type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts';
