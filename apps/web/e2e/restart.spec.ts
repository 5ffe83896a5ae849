import { readdirSync, readFileSync } from 'node:fs';
import { directChat, expect, message, messages, row, test, write } from './world.ts';

/** Children of the supervisor that run the server itself. */
function serverPids(): number[] {
  const parent = process.env.NEXO_E2E_PID;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S /, '');
        return stat.split(' ')[0] === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server/dist/main');
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('the servers that die come back, and both sides go on without losing or doubling anything', async ({ world }) => {
  test.skip(process.env.NEXO_E2E_PID === undefined || process.platform !== 'linux', 'needs the process of the server');
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await ana.page.goto(`/c/${id}`);
  await write(ana.page, 'before the fall');
  await row(bo.page, id).click();
  await expect(message(bo.page, 'before the fall')).toBeVisible();

  const pids = serverPids();
  expect(pids).toHaveLength(Number(process.env.NEXO_E2E_NODES ?? 1));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await write(ana.page, 'during');
  await write(bo.page, 'also during');
  for (const { page } of [ana, bo]) {
    for (const text of ['during', 'also during']) {
      const seen = messages(page).filter({ has: page.locator('.msg-body', { hasText: new RegExp(`^${text}$`) }) });
      await expect(seen).toHaveCount(1, { timeout: 30_000 });
      await expect(seen).toHaveAttribute('data-pending', 'false', { timeout: 30_000 });
    }
  }
  const texts = (page: typeof ana.page) => messages(page).locator('.msg-body').allInnerTexts();
  await expect.poll(() => texts(bo.page)).toEqual(await texts(ana.page));
});
