import { startEmbeddedPostgres } from '../src/embedded/index.ts';

try {
  const postgres = await startEmbeddedPostgres({
    dataDir: process.argv[2] ?? '',
    durable: false,
    settings: { shared_buffers: '16MB' },
  });
  process.on('message', async () => {
    await postgres.stop();
    process.exit();
  });
  process.send?.({ url: postgres.url, pid: postgres.pid });
} catch (error) {
  process.send?.({ refused: error instanceof Error ? error.message : String(error) });
}
