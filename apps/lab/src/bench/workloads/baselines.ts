import { runBareInsert } from '../../baselines/bare-insert.ts';
import { runBroadcast } from '../../baselines/broadcast.ts';
import { at, emptyResult, type Workload, withSystem } from '../workload.ts';

/** What the parts below us can do alone, in the same run. */
export const baselines: Workload = {
  id: 'baselines',
  title: 'What the parts do alone',
  what:
    'postgres.js inserting the product’s very rows (same table, same indexes) in durable batches of 256 by two connections. A bare `ws` server ' +
    'that sends one prebuilt buffer of 300 bytes to 1,000 sockets, one write each; the same with ten writes of a socket gathered; and tRPC’s ' +
    'own WebSocket adapter (`applyWSSHandler`) with a subscription of the same text. The receivers are a process of their own, on the same cores.',
  async run(bench) {
    const result = emptyResult();
    const seconds = at(bench, 8, 2, 0.5);
    const { rowsPerSecond } = await withSystem(bench, { serve: false }, (system) => runBareInsert(system, seconds));
    result.figures.push({ id: 'insert', name: 'bare batched insert of the same rows', unit: '/s', value: rowsPerSecond });
    const sockets = at(bench, 1_000, 1_000, 20);
    for (const [kind, name] of [
      ['plain', 'bare ws, one write for each message'],
      ['gathered', 'bare ws, ten messages in a write'],
      ['stock', 'tRPC’s own adapter, a subscription'],
    ] as const) {
      const { deliveriesPerSecond, written, received } = await runBroadcast(kind, sockets, seconds);
      result.figures.push({ id: kind, name: `${name}: deliveries`, unit: '/s', value: deliveriesPerSecond });
      if (received !== written) result.findings.push(`${name}: ${written} frames were written, ${received} received`);
    }
    return result;
  },
};
