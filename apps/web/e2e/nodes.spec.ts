import type { Page } from '@playwright/test';
import { directChat, expect, message, messages, type Person, row, test, write } from './world.ts';

/** Notes the server that a page's socket comes to, now and whenever it comes to another. */
async function watchNodes(page: Page): Promise<string[]> {
  const nodes: string[] = [];
  const devtools = await page.context().newCDPSession(page);
  devtools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => {
    const [, node] = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'nexo-node') ?? [];
    nodes.push(node ?? '');
  });
  await devtools.send('Network.enable');
  return nodes;
}

/** A server is called 2, and what took its place in the third round 2.3. */
const placeOf = (node = '') => node.split('.')[0] ?? '';
const roundOf = (node = '') => Number(node.split('.')[1] ?? 1);

/** Loads the page anew; resolves when its socket has come to a server. */
async function visit(page: Page, nodes: string[], path: string): Promise<void> {
  const before = nodes.length;
  await page.goto(path);
  await expect.poll(() => nodes.length).toBeGreaterThan(before);
}

/** Two people whose pages are on different servers. */
async function apart(world: { person(name: string): Promise<Person> }) {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const [nodesOfAna, nodesOfBo] = [await watchNodes(ana.page), await watchNodes(bo.page)];
  const id = await directChat(ana, bo);
  await visit(ana.page, nodesOfAna, `/c/${id}`);
  // Servers take turns by connection, and a page opens several: after a few tries the two are apart.
  await expect(async () => {
    await visit(bo.page, nodesOfBo, `/c/${id}`);
    expect(placeOf(nodesOfBo.at(-1))).not.toBe(placeOf(nodesOfAna.at(-1)));
  }).toPass({ timeout: 45_000 });
  return { ana, bo, id, nodesOfAna, nodesOfBo };
}

test('pages come to all servers, and people on different ones talk as if it were one', async ({ world }) => {
  const { ana, bo, id } = await apart(world);
  await write(ana.page, 'across');
  await expect(message(bo.page, 'across')).toBeVisible();
  await expect(message(ana.page, 'across')).toHaveAttribute('data-state', 'read');
  await bo.page.getByTestId('composer').pressSequentially('and');
  await expect(ana.page.getByTestId('typing-row')).toHaveText('Bo is typing…');
  await write(bo.page, 'and back');
  await expect(message(ana.page, 'and back')).toBeVisible();

  const third = await world.again(ana);
  const nodes = await watchNodes(third.page);
  await expect(async () => {
    await visit(third.page, nodes, `/c/${id}`);
    expect([...new Set(nodes.map(placeOf))].sort()).toEqual(['1', '2', '3']);
  }).toPass({ timeout: 45_000 });
  await expect(message(third.page, 'and back')).toBeVisible();
});

test('all servers are renewed while people write: nobody sees anything of it', async ({ world }) => {
  test.skip(process.env.NEXO_E2E_PID === undefined, 'needs the process of the supervisor');
  const { ana, bo, nodesOfAna, nodesOfBo, id } = await apart(world);
  for (const { page } of [ana, bo]) {
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      const look = () => {
        const bar = document.querySelector('[data-testid="connection-bar"]');
        if (bar?.textContent) seen.push(bar.textContent);
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
  }
  const round = Math.max(roundOf(nodesOfAna.at(-1)), roundOf(nodesOfBo.at(-1)));
  process.kill(Number(process.env.NEXO_E2E_PID), 'SIGUSR2');
  let count = 0;
  await expect(async () => {
    count++;
    await write(ana.page, `Ana ${count}.`);
    await write(bo.page, `Bo ${count}.`);
    expect(roundOf(nodesOfAna.at(-1))).toBe(round + 1);
    expect(roundOf(nodesOfBo.at(-1))).toBe(round + 1);
  }).toPass({ timeout: 50_000, intervals: [100] });
  for (const { page } of [ana, bo]) {
    await expect(message(page, `Ana ${count}.`)).toHaveAttribute('data-pending', 'false');
    await expect(message(page, `Bo ${count}.`)).toHaveAttribute('data-pending', 'false');
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  }
  const texts = (page: Page) => messages(page).locator('.msg-body').allInnerTexts();
  await expect.poll(() => texts(bo.page)).toEqual(await texts(ana.page));
  await expect(row(ana.page, id)).toBeVisible();
});
