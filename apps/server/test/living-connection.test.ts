import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@nexo/db/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const fixture = join(folder, 'test/lost-in-transaction.fixture.ts');

async function run(...args: string[]): Promise<{ code: number | null; said: string; complaint: string }> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, said, complaint };
}

describe('a connection to Postgres that is lost in the middle of a transaction', () => {
  it('fails the transaction, and the pool goes on: in the bundle, which is what production runs', async () => {
    await using database = await createTestDatabase();
    const outdir = mkdtempSync(join(folder, 'dist-test-'));
    onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
    await run('scripts/build.mjs', outdir, fixture);
    const { code, said, complaint } = await run(join(outdir, 'main.js'), database.url);
    expect({ code, said, complaint }).toEqual({ code: 0, said: 'rolled back, then 1\n', complaint: '' });
  });

  it('ends the process that has the client as it is; when this fails, scripts/living-connection.mjs has become superfluous', async () => {
    await using database = await createTestDatabase();
    const { code, complaint } = await run('--import', 'tsx', fixture, database.url);
    expect(complaint).toContain("reading 'write'");
    expect(code).toBe(1);
  });
});
