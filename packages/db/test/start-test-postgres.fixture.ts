import { startTestPostgres } from '../src/testing/index.ts';

const postgres = await startTestPostgres({ durable: false });
process.send?.({ url: postgres.url, pid: postgres.pid });
setInterval(() => {}, 60_000);
