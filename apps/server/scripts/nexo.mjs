#!/usr/bin/env node
// The one command: `npm start`, `npm run dev`, `npm run seed`, `npm run key`; `npx nexo start` and so on is the same. Uses only what
// Node itself has, since on a fresh clone there is nothing else; what it starts comes from the bundles (start) or from the sources
// (dev, seed, key) once they are there.
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const oldestNode = [20, 19];
const [command = 'start', ...flags] = process.argv.slice(2);

process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.TURBO_TELEMETRY_DISABLED = '1';

requireNode();
const { stopWithLauncher } = await import('./launcher.mjs');
stopWithLauncher();
const { prepare, PrepareError } = await import('./prepare.mjs');
const { say, step } = await import('./progress.mjs');

try {
  if (!['start', 'dev', 'seed', 'key'].includes(command)) {
    throw new PrepareError(`There is no command "${command}". Use: npm start, npm run dev, npm run seed, or npm run key.`);
  }
  if (command !== 'key') readFlags();
  await prepare(root, { build: command === 'start' });
  const shared = { root, env: process.env, step, log: say };
  if (command === 'dev') await (await fromSources('start/supervisor.ts')).supervise({ ...shared, mode: 'development' });
  else if (command === 'start') await (await fromBundle('supervisor.js')).supervise({ ...shared, mode: 'production' });
  else if (command === 'key') {
    await (await fromSources('start/key.ts')).keyCommand({ ...shared, args: flags, print: console.log });
  } else await (await fromSources('start/seed/seed.ts')).seed(shared);
  process.exit(0);
} catch (error) {
  const forPeople = error instanceof PrepareError || error?.name === 'OperatorError';
  console.error(forPeople ? `\n${error.message}` : error);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `Nexo needs Node ${oldestNode.join('.')} or newer, and this is ${process.version}. Get it from https://nodejs.org`,
  );
  process.exit(1);
}

/** `npm start -- --nodes 3` is NODES=3. */
function readFlags() {
  if (flags.length === 0) return;
  const nodes = /^--nodes(?:=(.*))?$/.exec(flags[0]);
  const value = nodes?.[1] ?? flags[1];
  if (command !== 'start' || nodes === null || value === undefined || flags.length > (nodes[1] === undefined ? 2 : 1)) {
    throw new PrepareError(`"${flags.join(' ')}" is not understood. Use: npm start -- --nodes 3`);
  }
  process.env.NODES = value;
}

function fromBundle(file) {
  return import(pathToFileURL(`${root}apps/server/dist/${file}`).href);
}

async function fromSources(file) {
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(`${root}apps/server/src/${file}`).href);
}
