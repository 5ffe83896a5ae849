import { LocalBus } from './local-bus.ts';
import { busContract } from './testing/bus.contract.ts';

busContract('LocalBus', async () => {
  const bus = new LocalBus({ error: () => {} });
  return { a: bus, b: bus, [Symbol.asyncDispose]: () => bus.close() };
});
