import type { Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { composer, directChat, expect, group, message, messages, row, say, test, unreadOf, type World, write } from './world.ts';

/** Opens the menu of a message with the right mouse button. */
async function menuOf(page: Page, text: string) {
  await message(page, text).locator('.msg-body').click({ button: 'right' });
  const menu = page.getByRole('menu');
  await expect(menu).toBeVisible();
  return menu;
}

/** Ana at her chat with Bo, in which each has said one thing. */
async function atMineAndTheirs(world: World) {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'mine');
  await say(bo, id, 'theirs');
  await ana.page.goto(`/c/${id}`);
  await expect(message(ana.page, 'theirs')).toBeVisible();
  return ana;
}

const bySeq = (page: Page, seq: number) => page.locator(`li[data-seq="${seq}"]`);

test('U-34 an edit is seen by the other at once, also in a quote, and its history can be read', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'Hello wurld');
  await ana.page.goto(`/c/${id}`);
  await bo.page.goto(`/c/${id}`);
  await message(bo.page, 'Hello wurld').locator('.msg-body').hover();
  await message(bo.page, 'Hello wurld').getByRole('button', { name: 'Reply' }).click();
  await write(bo.page, 'Hi');

  await composer(ana.page).fill('half a draft');
  await (await menuOf(ana.page, 'Hello wurld')).getByRole('menuitem', { name: 'Edit' }).click();
  await expect(ana.page.getByTestId('edit-bar')).toBeVisible();
  await expect(composer(ana.page)).toHaveValue('Hello wurld');
  await write(ana.page, 'Hello world');
  await expect(ana.page.getByTestId('edit-bar')).toHaveCount(0);
  await expect(composer(ana.page)).toHaveValue('half a draft');
  for (const { page } of [ana, bo]) {
    await expect(bySeq(page, 1).locator('.msg-body')).toHaveText('Hello world');
    await expect(bySeq(page, 1).getByRole('button', { name: 'edited' })).toBeVisible();
    await expect(page.getByTestId('quote:1')).toContainText('Hello world');
  }

  await bySeq(bo.page, 1).getByRole('button', { name: 'edited' }).click();
  await expect(bo.page.getByTestId('edit-history').getByRole('listitem')).toHaveText([
    /Now.*Hello world/s,
    /First.*Hello wurld/s,
  ]);
  await expectAccessible(bo.page);
  await bo.page.keyboard.press('Escape');
  await expect(bo.page.getByTestId('edit-history')).toHaveCount(0);

  // What is not one's own offers no edit.
  await expect((await menuOf(bo.page, 'Hello world')).getByRole('menuitem', { name: 'Edit', exact: true })).toHaveCount(0);
});

test('U-22 ↑ in an empty composer edits the last own message; Esc brings back what was there', async ({ world }) => {
  const { page } = await atMineAndTheirs(world);
  await composer(page).focus();
  await page.keyboard.press('ArrowUp');
  await expect(composer(page)).toHaveValue('mine');
  await page.keyboard.press('Escape');
  await expect(composer(page)).toHaveValue('');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.type(' too');
  await page.keyboard.press('Enter');
  await expect(bySeq(page, 1).locator('.msg-body')).toHaveText('mine too');
});

test('a deleted message is gone for everyone, also from quotes, pins and counts', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'kept', 'a slip');
  await expect(row(bo.page, id)).toHaveAttribute('data-unread', '2');
  await ana.page.goto(`/c/${id}`);
  await (await menuOf(ana.page, 'a slip')).getByRole('menuitem', { name: 'Pin', exact: true }).click();
  await expect(ana.page.getByTestId('pinned-bar')).toContainText('a slip');
  await (await menuOf(ana.page, 'a slip')).getByRole('menuitem', { name: 'Delete…' }).click();
  await expect(ana.page.getByRole('alertdialog')).toBeVisible();
  await expectAccessible(ana.page);
  await ana.page.getByRole('button', { name: 'Delete for everyone' }).click();
  await expect(bySeq(ana.page, 2)).toContainText('You deleted this message');
  // What is gone was neither sent nor read.
  await expect(row(ana.page, id)).toContainText('Message deleted');
  await expect(row(ana.page, id).getByLabel(/^(Sent|Read)$/)).toHaveCount(0);
  await expect(ana.page.getByTestId('pinned-bar')).toHaveCount(0);
  await expect(row(bo.page, id)).toHaveAttribute('data-unread', '1');
  await expect(row(bo.page, id)).toContainText('Message deleted');
  expect(await unreadOf(bo, id)).toBe(1);
  await bo.page.goto(`/c/${id}`);
  await expect(bySeq(bo.page, 2)).toContainText('Message deleted');
});

test('what one deletes for oneself goes from all own devices, and stays for others', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'one', 'two', 'three');
  const phone = await world.again(bo, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  for (const { page } of [ana, bo, phone]) await page.goto(`/c/${id}`);
  await (await menuOf(bo.page, 'three')).getByRole('menuitem', { name: 'Delete…' }).click();
  await expect(bo.page.getByRole('button', { name: 'Delete for everyone' })).toBeDisabled();
  await expect(bo.page.getByText('You can delete only your own messages for everyone.')).toBeVisible();
  await bo.page.getByRole('button', { name: 'Delete for me' }).click();
  for (const { page } of [bo, phone]) await expect(messages(page)).toHaveCount(2);
  await say(ana, id, 'four');
  for (const { page } of [bo, phone]) await expect(messages(page).locator('.msg-body')).toHaveText(['one', 'two', 'four']);
  await expect(messages(ana.page)).toHaveCount(4);
  await bo.page.reload();
  await expect(messages(bo.page).locator('.msg-body')).toHaveText(['one', 'two', 'four']);
});

test('U-33 reactions by hover bar, picker and chip; who reacted', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'Lunch?');
  for (const { page } of [ana, bo]) await page.goto(`/c/${id}`);
  const chip = (page: Page, emoji: string) => message(page, 'Lunch?').locator(`[data-emoji="${emoji}"]`);
  await message(bo.page, 'Lunch?').locator('.msg-body').hover();
  await message(bo.page, 'Lunch?').getByRole('button', { name: 'React with 👍' }).click();
  await expect(chip(bo.page, '👍')).toHaveAttribute('aria-pressed', 'true');
  await expect(chip(ana.page, '👍')).toHaveAttribute('aria-pressed', 'false');
  await chip(ana.page, '👍').click();
  await expect(chip(bo.page, '👍')).toContainText('2');

  await message(ana.page, 'Lunch?').getByRole('button', { name: 'React', exact: true }).click();
  await ana.page.getByRole('searchbox', { name: 'Find an emoji' }).fill('pizza');
  await ana.page.keyboard.press('Enter');
  await expect(chip(bo.page, '🍕')).toContainText('1');
  await chip(bo.page, '👍').click({ button: 'right' });
  await expect(bo.page.getByTestId('who-reacted').getByRole('listitem')).toHaveText([/You/, /Ana/]);
  await bo.page.keyboard.press('Escape');
  await chip(bo.page, '👍').click();
  await expect(chip(ana.page, '👍')).toContainText('1');
  await chip(ana.page, '👍').click();
  await expect(chip(bo.page, '👍')).toHaveCount(0);
});

test('U-37 the pinned bar walks through the pins and leads to them; members of a group see why they cannot pin', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await group(ana, 'Design', [bo]);
  await say(ana, id, 'first rule', ...Array.from({ length: 60 }, (_, i) => `filler ${i}`), 'last rule');
  for (const { page } of [ana, bo]) await page.goto(`/c/${id}`);
  await (await menuOf(ana.page, 'last rule')).getByRole('menuitem', { name: 'Pin', exact: true }).click();
  await ana.page.request.post('/trpc/messages.pin', {
    data: { conversationId: id, seq: 2, pinned: true },
    headers: { 'content-type': 'application/json', origin: new URL(ana.page.url()).origin },
  });
  const bar = bo.page.getByTestId('pinned-bar');
  await expect(bar).toContainText('Pinned 2 of 2');
  await expect(bar).toContainText('last rule');
  await bar.getByRole('button').first().click();
  await expect(bar).toContainText('Pinned 1 of 2');
  await bar.getByRole('button').first().click();
  await expect(message(bo.page, 'first rule')).toBeInViewport();
  // It follows where the reader scrolls.
  await bo.page.getByTestId('message-scroller').hover();
  await bo.page.mouse.wheel(0, 100_000);
  await expect(message(bo.page, 'last rule')).toBeInViewport();
  await expect(bar).toContainText('Pinned 2 of 2');
  await bo.page.mouse.wheel(0, -100_000);
  await expect(message(bo.page, 'first rule')).toBeInViewport();
  await expect(bar).toContainText('Pinned 1 of 2');
  const menu = await menuOf(bo.page, 'first rule');
  await expect(menu.getByRole('menuitem', { name: /Unpin/ })).toContainText('Only the owner and admins can pin messages here.');
  await expect(menu.getByRole('menuitem', { name: /Unpin/ })).toHaveAttribute('aria-disabled', 'true');
});

test('U-46 all of it by keyboard', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'Lunch?');
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(message(page, 'Lunch?')).toBeVisible();
  await composer(page).focus();
  const { keyboard } = page;
  await keyboard.press('Shift+F6');
  const article = message(page, 'Lunch?').getByRole('article');
  await expect(article).toBeFocused();
  await keyboard.press('+');
  await expect(page.getByRole('searchbox', { name: 'Find an emoji' })).toBeFocused();
  await keyboard.type('beer');
  await keyboard.press('Enter');
  await expect(message(page, 'Lunch?').locator('[data-emoji="🍺"]')).toBeVisible();
  await expect(article).toBeFocused();
  await keyboard.press('p');
  await expect(page.getByTestId('pinned-bar')).toContainText('Lunch?');
  await keyboard.press('m');
  await expect(page.getByRole('menu')).toBeVisible();
  // The library’s guards send on whatever focus reaches them, and its popups stand beside the landmarks.
  await expectAccessible(page, 'aria-hidden-focus', 'region');
  await keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(article).toBeFocused();
  await keyboard.press('e');
  await expect(page.getByTestId('edit-bar')).toBeVisible();
  await keyboard.press('Escape');
  await keyboard.press('Shift+F6');
  await keyboard.press('Delete');
  await expect(page.getByRole('button', { name: 'Keep' })).toBeFocused();
  await keyboard.press('Escape');
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
});

test('a resting finger opens the menu on a phone', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const id = await directChat(ana, bo);
  await say(ana, id, 'Lunch?');
  const { page } = bo;
  await page.goto(`/c/${id}`);
  const box = await message(page, 'Lunch?').locator('.msg-body').boundingBox();
  const at = { x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5 };
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await expect(page.getByRole('menu')).toBeVisible();
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.getByRole('menuitem', { name: 'React with 👍' }).tap();
  await expect(message(page, 'Lunch?').locator('[data-emoji="👍"]')).toBeVisible();
  // No ring stays around it: a finger has no focus to find again.
  await expect(message(page, 'Lunch?').getByRole('article')).not.toBeFocused();
});

test('the hover bar opens its menu and its picker where it stands, and one writes on at once after Edit and Reply', async ({
  world,
}) => {
  const { page } = await atMineAndTheirs(world);
  for (const [button, popup] of [
    ['More', page.getByRole('menu')],
    ['React', page.getByTestId('reaction-picker')],
  ] as const) {
    await message(page, 'theirs').locator('.msg-body').hover();
    const opener = message(page, 'theirs').getByRole('button', { name: button, exact: true });
    await opener.click();
    await expect(popup).toBeVisible();
    const [at, from] = [await popup.boundingBox(), await opener.boundingBox()];
    const left = (from?.x ?? 0) - (at?.x ?? 0);
    expect(left, `${button}: from its left edge`).toBeGreaterThan(-20);
    expect(left, `${button}: up to its right edge`).toBeLessThan((at?.width ?? 0) + 20);
    await page.keyboard.press('Escape');
    await expect(popup).toHaveCount(0);
  }

  await (await menuOf(page, 'theirs')).getByRole('menuitem', { name: 'Reply' }).click();
  await expect(page.getByTestId('reply-bar')).toBeVisible();
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('an answer');
  await expect(composer(page)).toHaveValue('an answer');
  await page.keyboard.press('Enter');
  await (await menuOf(page, 'mine')).getByRole('menuitem', { name: 'Edit' }).click();
  await expect(page.getByTestId('edit-bar')).toBeVisible();
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type(' too');
  await expect(composer(page)).toHaveValue('mine too');
});

test('why something was refused is told where it was tried, and not in the next chat', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const [here, there] = [await directChat(ana, bo), await group(ana, 'Design', [bo])];
  await say(bo, here, 'theirs');
  const { page } = ana;
  await page.goto(`/c/${here}`);
  await message(page, 'theirs').getByRole('article').focus();
  await page.keyboard.press('e');
  await expect(page.getByTestId('action-trouble:messages')).toContainText('Only who wrote a message can edit it.');
  await row(page, there).click();
  await expect(page).toHaveURL(`/c/${there}`);
  await expect(page.getByTestId('action-trouble:messages')).toHaveText('');
});
