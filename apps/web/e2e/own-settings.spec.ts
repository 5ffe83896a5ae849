import { call, composer, directChat, expect, group, message, messages, row, say, test } from './world.ts';

test('U-48 a chat is pinned, muted, marked and hidden from its menu, on all devices of a person', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const [withBo, withCy] = [await directChat(ana, bo), await directChat(ana, cy)];
  await say(bo, withBo, 'hello from Bo');
  await say(cy, withCy, 'hello from Cy');
  const phone = await world.again(ana, { viewport: { width: 390, height: 844 } });
  const { page } = ana;
  const menu = page.getByTestId('row-menu');
  const choose = async (id: string, name: string) => {
    await row(page, id).click({ button: 'right' });
    await menu.getByRole('menuitem', { name, exact: true }).click();
    await expect(menu).toHaveCount(0);
  };

  await choose(withBo, 'Pin');
  for (const place of [page, phone.page]) {
    await expect(place.getByTestId('section:Pinned').getByTestId(`conversation:${withBo}`)).toBeVisible();
    await expect(place.getByTestId('section:Chats').getByTestId(`conversation:${withCy}`)).toBeVisible();
  }

  // By the keyboard: the menu of the row that has the focus, which gets it back.
  await row(page, withCy).focus();
  await page.keyboard.press('Shift+F10');
  await expect(menu).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await expect(row(page, withCy)).toBeFocused();

  // By the button of the row.
  await row(page, withCy).hover();
  await page.getByRole('button', { name: 'Actions for Cy' }).click();
  await menu.getByRole('menuitem', { name: 'Mute' }).click();
  await page.getByRole('menuitem', { name: 'For 8 hours' }).click();
  for (const place of [page, phone.page]) {
    await expect(row(place, withCy)).toHaveAttribute('data-muted', 'true');
    await expect(row(place, withCy).getByTestId('unread-pill')).toHaveText('1 unread');
  }
  await expect(page).toHaveTitle('(1) Nexo');

  await choose(withBo, 'Mark as read');
  await expect(row(phone.page, withBo)).toHaveAttribute('data-state', 'read');
  await choose(withBo, 'Mark as unread');
  await expect(row(phone.page, withBo).getByTestId('unread-dot')).toBeVisible();
  await row(page, withBo).click();
  await expect(row(phone.page, withBo).getByTestId('unread-dot')).toHaveCount(0);

  await choose(withCy, 'Hide until the next message');
  await expect(row(page, withCy)).toHaveCount(0);
  await expect(row(phone.page, withCy)).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('Cy');
  await expect(page.getByRole('option', { name: /Cy/ })).toContainText('hidden');
  await page.keyboard.press('Escape');
  await say(cy, withCy, 'and again');
  await expect(row(page, withCy)).toBeVisible();
});

test('a long press opens the menu of a row, and does not open the chat', async ({ world }) => {
  const ana = await world.person('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'hello');
  const { page } = ana;
  const box = await row(page, id).boundingBox();
  if (box === null) throw new Error('no row');
  const point = { x: box.x + 120, y: box.y + 30 };
  const session = await page.context().newCDPSession(page);
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
  await expect(page.getByTestId('row-menu')).toBeVisible();
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(page.getByTestId('row-menu')).toBeVisible();
  await expect(page).toHaveURL('/');
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).tap();
  await expect(page.getByTestId('section:Pinned')).toBeVisible();
});

test('pinned chats are arranged by dragging, and by the menu', async ({ world }) => {
  const ana = await world.person('Ana');
  const ids = [await group(ana, 'One', []), await group(ana, 'Two', []), await group(ana, 'Three', [])];
  for (const id of [...ids].reverse()) await call(ana.context, 'conversations.update', { conversationId: id, pinned: true });
  const { page } = ana;
  const pinned = page.getByTestId('section:Pinned').getByRole('listitem');
  const names = () => pinned.evaluateAll((rows) => rows.map((one) => one.querySelector('bdi')?.textContent));
  await expect.poll(names).toEqual(['One', 'Two', 'Three']);
  await pinned.nth(0).dragTo(pinned.nth(2), { targetPosition: { x: 100, y: 55 } });
  await page.mouse.move(900, 400);
  await expect.poll(names).toEqual(['Two', 'Three', 'One']);
  await pinned.nth(2).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move up' }).click();
  await page.mouse.move(900, 400);
  await expect.poll(names).toEqual(['Two', 'One', 'Three']);
});

test('a chat is cleared and deleted for oneself alone, after a question', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'one', 'two');
  const { page } = ana;
  await row(page, id).click();
  await expect(messages(page)).toHaveCount(2);
  await row(page, id).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Clear for me…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Clear for me' }).click();
  await expect(messages(page)).toHaveCount(0);
  await expect(row(page, id)).toBeVisible();
  await say(bo, id, 'three');
  await expect(messages(page)).toHaveCount(1);
  await page.reload();
  await expect(message(page, 'three')).toBeVisible();
  await expect(messages(page)).toHaveCount(1);

  await row(page, id).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Delete for me…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete for me' }).click();
  await expect(row(page, id)).toHaveCount(0);
  await expect(page).toHaveURL('/');
  await bo.page.goto(`/c/${id}`);
  await expect(messages(bo.page)).toHaveCount(3);
});

test('U-21 a draft goes with a person over devices, and never takes the place of what is being typed', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'when?');
  const laptop = await world.again(ana);
  await ana.page.goto(`/c/${id}`);
  await composer(ana.page).pressSequentially('at thr');
  await expect(row(laptop.page, id)).toContainText('Draft: at thr');
  await laptop.page.goto(`/c/${id}`);
  await expect(composer(laptop.page)).toHaveValue('at thr');

  await ana.context.setOffline(true);
  await composer(ana.page).pressSequentially('ee');
  await composer(laptop.page).fill('at four');
  await expect(row(laptop.page, id)).toBeVisible();
  await laptop.page.goto('/');
  await expect(row(laptop.page, id)).toContainText('Draft: at four');
  await ana.context.setOffline(false);
  await expect(ana.page.getByTestId('other-draft')).toContainText('at four', { timeout: 30_000 });
  await expect(composer(ana.page)).toHaveValue('at three');
  await ana.page.getByTestId('other-draft').getByRole('button', { name: 'Use it' }).click();
  await expect(composer(ana.page)).toHaveValue('at four');
  await expect(ana.page.getByTestId('other-draft')).toContainText('at three');
  await composer(ana.page).press('Enter');
  await expect(message(ana.page, 'at four')).toBeVisible();
  await expect(row(laptop.page, id)).not.toContainText('Draft:');
});

test('do not disturb is turned on and off in the settings, on all devices', async ({ world }) => {
  const ana = await world.person('Ana');
  const other = await world.again(ana);
  await ana.page.goto('/settings');
  await other.page.goto('/settings');
  await ana.page.getByRole('button', { name: 'For 1 hour' }).click();
  await expect(other.page.getByTestId('do-not-disturb')).toContainText('On until');
  await other.page.getByRole('button', { name: 'Turn off' }).click();
  await expect(ana.page.getByRole('button', { name: 'For 1 hour' })).toBeVisible();
});
