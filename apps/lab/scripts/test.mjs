// `npm test`: everything that must hold, from a bare clone: installs and builds what is missing, runs every check and every test,
// and prints the sum of all of them in its last line. Uses only what Node itself has.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrepareError, prepare } from '../../server/scripts/prepare.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const results = mkdtempSync(join(tmpdir(), 'nexo-test-'));
const only = process.argv.slice(2);

/** Each counts as one test. Their output is shown when they fail. */
const checks = {
  format: ['biome', 'ci', '.'],
  types: ['turbo', 'run', 'typecheck', '--output-logs=errors-only'],
  unused: ['knip'],
  versions: ['sherif'],
};

const playwright = ['playwright', 'test', '--config=apps/web/playwright.config.ts', '--reporter=list,json'];
const countPlaywright = ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky });

/** Runners with many tests: how to start them, and how to read their report. */
const runners = {
  vitest: {
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${join(results, 'vitest.json')}`],
    count: (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests }),
  },
  playwright: { command: playwright, count: countPlaywright },
  /** The browsers once more, on three servers behind the one port. */
  nodes: { command: playwright, count: countPlaywright, env: { NEXO_E2E_NODES: '3' } },
};

let passed = 0;
let failed = 0;
const summary = [];

try {
  await prepare(root, { build: true });
  for (const [name, command] of Object.entries(checks)) if (wanted(name)) await runCheck(name, command);
  for (const [name, runner] of Object.entries(runners)) if (wanted(name)) await runRunner(name, runner);
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  note('prepare', 0, 1, error.message);
} finally {
  rmSync(results, { recursive: true, force: true });
}

console.log(`\n${summary.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** `npm test -- format vitest` runs only those. */
function wanted(name) {
  return only.length === 0 || only.includes(name);
}

function note(name, ok, bad, detail = '') {
  passed += ok;
  failed += bad;
  summary.push(`${bad === 0 ? '✓' : '✗'} ${name}: ${ok} passed, ${bad} failed${detail === '' ? '' : `\n${detail}`}`);
}

async function runCheck(name, command) {
  console.log(`\n— ${name}: ${command.join(' ')}`);
  const { code, output } = await run(command, { quiet: true });
  if (code !== 0) console.log(output);
  note(name, code === 0 ? 1 : 0, code === 0 ? 0 : 1);
}

/** A runner that ends badly without a failed test (it crashed, or an error stood outside of any test) counts as one failure. */
async function runRunner(name, { command, count, env }) {
  console.log(`\n— ${name}: ${command.join(' ')}`);
  const { code } = await run(command, {
    quiet: false,
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, `${name}.json`) },
  });
  try {
    const { passed: ok, failed: bad } = count(JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8')));
    note(name, ok, code !== 0 && bad === 0 ? 1 : bad, code !== 0 && bad === 0 ? `  ${name} ended with code ${code}` : '');
  } catch (error) {
    note(name, 0, 1, `  no report: ${error.message}`);
  }
}

function run([binary, ...args], { quiet, env: more = {} }) {
  const env = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    ...more,
  };
  return new Promise((resolve) => {
    const windows = process.platform === 'win32';
    const program = join(root, 'node_modules/.bin', windows ? `${binary}.cmd` : binary);
    const child = spawn(program, args, {
      cwd: root,
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      shell: windows,
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
