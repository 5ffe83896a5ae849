import { brotliCompressSync } from 'node:zlib';
import type { Locator } from '@playwright/test';
import { call, composer, directChat, expect, message, row, say, test, unreadOf, write } from './world.ts';

test('nothing shifts: opening, switching, sending, going offline and back', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const [withBo, withCy] = [await directChat(ana, bo), await directChat(ana, cy)];
  await say(bo, withBo, ...Array.from({ length: 60 }, (_, i) => `from Bo ${i}. ${'words '.repeat(i % 40)}`));
  await say(cy, withCy, ...Array.from({ length: 20 }, (_, i) => `from Cy ${i}.`));
  const { page } = ana;
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      type Shift = { value: number; hadRecentInput: boolean; sources?: { node?: Node }[] };
      for (const entry of list.getEntries() as unknown as Shift[]) {
        // What moves because somebody pressed a key is not a shift.
        if (entry.hadRecentInput) continue;
        const nodes = entry.sources?.map(({ node }) => (node instanceof Element ? `${node.tagName}.${node.className}` : '?'));
        shifts.push(`${entry.value.toFixed(5)} ${nodes?.join(', ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('/');
  await expect(row(page, withBo)).toBeVisible();
  for (const id of [withBo, withCy, withBo]) {
    await page.getByTestId(`conversation:${id}`).click();
    await expect(message(page, id === withBo ? 'from Bo 40.' : 'from Cy 19.')).toBeAttached();
  }
  await write(page, 'mine');
  await expect(message(page, 'mine')).toHaveAttribute('data-state', /sent|read/);
  await composer(page).pressSequentially('typing');
  await ana.context.setOffline(true);
  await expect(page.getByTestId('connection-bar')).toHaveAttribute('data-state', 'offline');
  await ana.context.setOffline(false);
  await expect(page.getByTestId('connection-bar')).toBeEmpty({ timeout: 30_000 });
  expect(await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts)).toEqual([]);
});

test('on a phone list, conversation and details are places one goes back from', async ({ world }) => {
  const ana = await world.person('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true });
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'hi');
  const { page } = ana;
  await row(page, id).tap();
  await expect(message(page, 'hi')).toBeVisible();
  await expect(page.getByTestId('conversation-list')).toBeHidden();
  await expect.poll(() => unreadOf(ana, id)).toBe(0);
  await page.getByRole('button', { name: 'Show details' }).tap();
  await expect(page.getByTestId('side-panel')).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId('side-panel')).toHaveCount(0);
  await page.getByRole('button', { name: 'Back to chats' }).tap();
  await expect(row(page, id)).toBeVisible();
  await page.getByRole('button', { name: 'Unread', exact: true }).tap();
  await expect(page.getByText('All caught up.')).toBeVisible();
  await page.getByRole('button', { name: 'You', exact: true }).tap();
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollHeight <= window.innerHeight)).toBe(true);
});

test('the width of the list is kept, and moves by keyboard', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  const edge = page.getByRole('separator', { name: 'Width of the list' });
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(edge).toHaveAttribute('aria-valuenow', '352');
  await page.reload();
  await expect(page.getByRole('navigation', { name: 'Chats' })).toHaveCSS('width', '352px');
});

test('W9 W10 pages carry a strict policy and headers, and nothing breaks it', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  const broken: string[] = [];
  page.on('console', (line) => {
    if (line.type() === 'error') broken.push(line.text());
  });
  page.on('pageerror', (error) => broken.push(error.message));
  const response = await page.goto('/settings');
  await expect(page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  const headers = response?.headers() ?? {};
  const policy = headers['content-security-policy'] ?? '';
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';/);
  expect(policy).toContain("object-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['x-powered-by']).toBeUndefined();
  expect(broken).toEqual([]);
});

test('U-55 what the chat needs at first weighs at most 180 KB', async ({ world }) => {
  const ana = await world.person('Ana');
  const html = await (await ana.context.request.get('/')).text();
  const scripts = [...html.matchAll(/<script[^>]*src="([^"]+\.js)[^>]*>/g)].filter(([tag]) => !/nomodule/i.test(tag));
  expect(scripts.length).toBeGreaterThan(3);
  let bytes = 0;
  for (const [, src] of scripts) bytes += brotliCompressSync(await (await ana.context.request.get(src ?? '')).body()).length;
  expect(bytes).toBeLessThanOrEqual(180_000);
});

test('what comes with the pointer covers neither times nor how far a message is', async ({ world }) => {
  const ada = await world.person('Ada');
  const bo = await world.person('Bo');
  const id = await directChat(ada, bo);
  await say(ada, id, 'first', 'short', 'mended');
  const edited = { conversationId: id, seq: 3, content: { type: 'text', text: 'better' } };
  await call(ada.context, 'messages.edit', edited);
  await call(ada.context, 'conversations.update', { conversationId: id, pinned: true });
  await ada.page.goto(`/c/${id}`);
  await expect(message(ada.page, 'better')).toBeVisible();
  for (const width of [1440, 700, 500]) {
    await ada.page.setViewportSize({ width, height: 844 });
    for (const text of ['short', 'better']) {
      await message(ada.page, text).locator('.msg-body').hover();
      const bar = message(ada.page, text).getByRole('toolbar');
      await expect(bar).toBeVisible();
      await expect(message(ada.page, text).locator('.msg-state')).toBeVisible();
      expect(await overlap(bar, message(ada.page, text).locator('.msg-state')), `${text} at ${width}`).toBe(false);
      if (width <= 600) expect(await overlap(bar, message(ada.page, text).locator('.msg-meta > time'))).toBe(false);
    }
    // How far a message is stands in one column, whether it was edited or not.
    const [plain, other] = [await boxOf(message(ada.page, 'short')), await boxOf(message(ada.page, 'better'))];
    expect(Math.abs(plain.x + plain.width - other.x - other.width)).toBeLessThan(2);
  }
  await ada.page.setViewportSize({ width: 1440, height: 844 });
  await row(ada.page, id).hover();
  const more = row(ada.page, id).locator('..').getByTestId('row-more');
  await expect(more).toBeVisible();
  for (const part of [row(ada.page, id).locator('time'), row(ada.page, id).getByTestId('pin')]) {
    expect(await overlap(more, part)).toBe(false);
  }
});

const boxOf = async (line: Locator) => (await line.locator('.msg-state').boundingBox()) ?? { x: 0, width: 0 };

async function overlap(one: Locator, other: Locator): Promise<boolean> {
  const [a, b] = [await one.boundingBox(), await other.boundingBox()];
  if (a === null || b === null) throw new Error('nothing to see');
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test('title and fields of a dialog begin in line', async ({ world }) => {
  const ada = await world.person('Ada');
  for (const width of [1440, 390]) {
    await ada.page.setViewportSize({ width, height: 844 });
    await ada.page.goto('/');
    await ada.page.getByTestId('new-chat').click();
    await ada.page.getByRole('option', { name: 'New group' }).click();
    const dialog = ada.page.getByRole('dialog');
    const parts = [dialog.getByRole('heading'), dialog.getByLabel('Name of the group'), dialog.getByRole('combobox')];
    const places = await Promise.all(parts.map(async (part) => (await part.boundingBox())?.x));
    expect(new Set(places).size, `${places}`).toBe(1);
  }
});
