import { composer, directChat, expect, message, messages, row, say, test, unreadOf, write } from './world.ts';

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}.`);

test('U-06 U-10 opening lands on the divider at a quarter of the height, and it stays', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, ...lines(1, 30));
  await ana.page.goto(`/c/${id}`);
  await ana.page.getByTestId('conversation-list').hover();
  await expect(ana.page.getByTestId('unread-divider')).toBeVisible();
  await ana.page.keyboard.press('Escape');
  await expect.poll(() => unreadOf(ana, id)).toBe(0);
  await ana.page.goto('/');
  await say(bo, id, ...lines(31, 65));
  await expect(row(ana.page, id).getByTestId('unread-pill')).toHaveText('35 unread');
  await expect(ana.page).toHaveTitle('(35) Nexo');

  await row(ana.page, id).click();
  const divider = ana.page.getByTestId('unread-divider');
  await expect(divider).toHaveText('New · 35');
  const place = () =>
    divider.evaluate((element) => {
      const viewport = (element.closest('.msg-scroller') as HTMLElement).getBoundingClientRect();
      return (element.getBoundingClientRect().top - viewport.top) / viewport.height;
    });
  expect(await place()).toBeGreaterThan(0.2);
  expect(await place()).toBeLessThan(0.3);
  const before = await place();
  await say(bo, id, 'one more');
  await expect(ana.page.getByTestId('jump-to-newest')).toBeVisible();
  await expect(divider).toHaveText('New · 35');
  expect(Math.abs((await place()) - before)).toBeLessThan(0.003);

  await ana.page.reload();
  await expect(divider).toBeVisible();
  await write(ana.page, 'my own');
  await expect(divider).toHaveCount(0);
  await expect(message(ana.page, 'my own')).toBeInViewport();
});

test('unread beyond the newest page lands where reading stopped', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, ...lines(1, 120));
  await ana.page.goto(`/c/${id}`);
  await expect(ana.page.getByTestId('unread-divider')).toHaveText('New · 120');
  await expect(message(ana.page, 'line 1.')).toBeInViewport();
  await expect(message(ana.page, 'line 120.')).toHaveCount(0);
  await ana.page.getByTestId('jump-to-newest').click();
  await expect(message(ana.page, 'line 120.')).toBeInViewport();
  await expect(row(ana.page, id).getByTestId('unread-pill')).toHaveCount(0);
});

test('U-05 nothing is read in a tab without focus; afterwards the divider shows where it began', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'at first');
  await ana.page.goto(`/c/${id}`);
  await expect.poll(() => unreadOf(ana, id)).toBe(0);
  await ana.page.evaluate(() => {
    Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true });
    window.dispatchEvent(new Event('blur'));
  });
  await say(bo, id, 'unseen 1', 'unseen 2');
  await expect(message(ana.page, 'unseen 2')).toBeVisible();
  await expect(ana.page.getByTestId('unread-divider')).toHaveText('New · 2');
  await expect(row(ana.page, id).getByTestId('unread-pill')).toHaveText('2 unread');
  await bo.page.goto(`/c/${id}`);
  await ana.page.evaluate(() => {
    Object.defineProperty(document, 'hasFocus', { value: () => true, configurable: true });
    window.dispatchEvent(new Event('focus'));
  });
  await expect(row(ana.page, id).getByTestId('unread-pill')).toHaveCount(0);
});

test('U-44 reading on one device clears the badge on the other', async ({ world }) => {
  const ana = await world.person('Ana');
  const phone = await world.again(ana, { viewport: { width: 390, height: 844 } });
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'one', 'two');
  await expect(row(phone.page, id).getByTestId('unread-pill')).toHaveText('2 unread');
  await row(ana.page, id).click();
  await expect(row(phone.page, id).getByTestId('unread-pill')).toHaveCount(0);
});

test('U-02 older pages arrive without moving what is read, and few rows are in the document', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(
    ana,
    id,
    ...Array.from({ length: 260 }, (_, i) => (i % 7 === 0 ? `line ${i}.\n${'more of it '.repeat(i % 30)}` : `line ${i}.`)),
  );
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(message(page, 'line 259.')).toBeInViewport();

  const scroller = page.getByTestId('message-scroller');
  // In every frame: how far the row that is read moved beyond what was scrolled by hand.
  await scroller.evaluate((element) => {
    const state = { key: '', top: 0, scrolledBy: 0, worst: 0 };
    Object.assign(window, { watch: state });
    const anchor = () => {
      const edge = element.getBoundingClientRect().top;
      return [...element.querySelectorAll<HTMLElement>('[data-mid]')].find((row) => row.getBoundingClientRect().top >= edge + 40);
    };
    const step = () => {
      const row = state.key === '' ? null : element.querySelector<HTMLElement>(`[data-row="${state.key}"]`);
      if (row !== null)
        state.worst = Math.max(state.worst, Math.abs(row.getBoundingClientRect().top - state.top - state.scrolledBy));
      const next = anchor();
      if (next !== undefined)
        Object.assign(state, { key: next.dataset.row, top: next.getBoundingClientRect().top, scrolledBy: 0 });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  const scrollUp = () =>
    scroller.evaluate((element) => {
      const state = (window as unknown as { watch: { scrolledBy: number } }).watch;
      const by = Math.min(500, element.scrollTop);
      state.scrolledBy += by;
      element.scrollTop -= by;
    });
  await expect(async () => {
    await scrollUp();
    expect(await page.locator('li').count()).toBeLessThanOrEqual(170);
    await expect(message(page, 'line 0.')).toBeInViewport({ timeout: 50 });
  }).toPass({ timeout: 45_000, intervals: [60] });
  const worst = await page.evaluate(() => (window as unknown as { watch: { worst: number } }).watch.worst);
  expect(worst).toBeLessThanOrEqual(1);
  await expect(page.getByTestId('start-of-history')).toHaveCount(1);
});

test('U-03 at the end the list follows what is new and what grows; away from it nothing moves', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, ...lines(1, 50));
  const { page } = ana;
  await page.goto(`/c/${id}`);
  const scroller = page.getByTestId('message-scroller');
  const gap = () => scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  await expect(message(page, 'line 50.')).toBeInViewport();
  expect(await gap()).toBeLessThanOrEqual(1);
  const height = () => scroller.evaluate((element) => element.clientHeight);
  const usualHeight = await height();

  await say(bo, id, 'new one', 'new two');
  await expect(message(page, 'new two')).toBeInViewport();
  expect(await gap()).toBeLessThanOrEqual(1);
  await composer(page).fill('1\n2\n3\n4\n5\n6\n7\n8\n9');
  await expect.poll(gap).toBeLessThanOrEqual(1);
  await page.setViewportSize({ width: 1440, height: 600 });
  await expect.poll(gap).toBeLessThanOrEqual(1);
  await composer(page).fill('');
  await page.setViewportSize({ width: 1440, height: 900 });
  // What grows and scrolls in the same moment is another story: all has its size again, and the list has heard of it.
  await expect.poll(height).toBe(usualHeight);
  await expect.poll(gap).toBeLessThanOrEqual(1);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  // A little above the end nothing moves either, whatever is clicked, until there is something new.
  await scroller.evaluate((element) => {
    element.scrollTop -= 30;
  });
  await message(page, 'new one').getByRole('article').click();
  await expect(message(page, 'new one').getByRole('article')).toBeFocused();
  expect(await gap()).toBe(30);
  await say(bo, id, 'new three');
  await expect(message(page, 'new three')).toBeInViewport();
  await expect.poll(gap).toBeLessThanOrEqual(1);

  await expect.poll(() => unreadOf(ana, id)).toBe(0);
  await scroller.hover();
  await page.mouse.wheel(0, -600);
  await expect(page.getByTestId('jump-to-newest')).toBeVisible();
  await expect(page.getByTestId('jump-count')).toHaveCount(0);
  const first = messages(page).filter({ hasText: 'line 30.' });
  const top = () => first.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await say(bo, id, 'far below 1', 'far below 2');
  await expect(page.getByTestId('jump-count')).toHaveText('2');
  await composer(page).fill('1\n2\n3\n4');
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1);
  await page.getByTestId('jump-to-newest').click();
  await expect(message(page, 'far below 2')).toBeInViewport();
  await expect(page.getByTestId('jump-to-newest')).toHaveCount(0);
});

test('U-19 a device clock three hours wrong changes neither order nor dates', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  const { page } = ana;
  await page.clock.install({ time: Date.now() - 3 * 3_600_000 });
  await page.goto(`/c/${id}`);
  await say(bo, id, 'first');
  await expect(message(page, 'first')).toBeVisible();
  await write(page, 'second');
  await expect(message(page, 'second')).toHaveAttribute('data-state', /sent|read/);
  await say(bo, id, 'third');
  await expect(message(page, 'third')).toBeVisible();
  await expect(messages(page).locator('.msg-body')).toHaveText(['first', 'second', 'third']);
  const times = await messages(page)
    .locator('time[datetime]')
    .evaluateAll((all) => all.map((time) => Date.parse(time.getAttribute('datetime') ?? '')));
  for (const time of times) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
});

test('U-09 a conversation is where it was left', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const [withBo, withCy] = [await directChat(ana, bo), await directChat(ana, cy)];
  await say(ana, withBo, ...lines(1, 45));
  const { page } = ana;
  await page.goto(`/c/${withBo}`);
  await expect(message(page, 'line 45.')).toBeInViewport();
  await page.getByTestId('message-scroller').hover();
  await page.mouse.wheel(0, -300);
  await expect(page.getByTestId('jump-to-newest')).toBeVisible();
  const top = () => message(page, 'line 25.').evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await row(page, withCy).click();
  await expect(message(page, 'line 25.')).toHaveCount(0);
  await row(page, withBo).click();
  await expect(message(page, 'line 25.')).toBeAttached();
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
});
