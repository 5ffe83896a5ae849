// Runs the bundled supervisor as `npm start` does: node supervise.fixture.mjs ROOT
import { pathToFileURL } from 'node:url';

const root = process.argv[2];
const { supervise } = await import(pathToFileURL(`${root}/apps/server/dist/supervisor.js`).href);
const say = (line) => process.stdout.write(`${line}\n`);
const step = (label, work) => {
  say(label);
  return work();
};
try {
  await supervise({ root, mode: 'production', env: process.env, step, log: say });
  process.exit(0);
} catch (error) {
  process.stderr.write(error.name === 'OperatorError' ? error.message : error.stack);
  process.exit(1);
}
