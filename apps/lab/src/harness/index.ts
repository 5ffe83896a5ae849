export { loginPerson, type Person, registerPerson } from './people.ts';
export { type FaultProxy, startFaultProxy } from './proxy.ts';
export { type RedisProcess, startRedis } from './redis-process.ts';
export { type Account, seedAccounts } from './seed.ts';
export { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts';
