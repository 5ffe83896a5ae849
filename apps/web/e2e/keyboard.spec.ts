import { expectAccessible } from './accessibility.ts';
import { composer, directChat, expect, group, message, say, test } from './world.ts';

test('U-46 everything by keyboard: find a person, write, walk, reply, switch, sign out', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const withCy = await directChat(cy, ana);
  await say(cy, withCy, 'from Cy');
  const { page } = ana;
  const { keyboard } = page;

  await keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await keyboard.type('new chat');
  await keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Find a person' })).toBeFocused();
  await keyboard.type(bo.id);
  await expect(page.getByRole('option', { name: new RegExp(bo.id) })).toBeVisible();
  await keyboard.press('Enter');
  await expect(composer(page)).toBeFocused();
  await keyboard.type('first');
  await keyboard.press('Enter');
  await keyboard.type('second');
  await keyboard.press('Enter');
  await expect(message(page, 'second')).toHaveAttribute('data-state', 'sent');

  // From the composer one region back: the messages.
  await keyboard.press('Shift+F6');
  await expect(message(page, 'second').getByRole('article')).toBeFocused();
  await keyboard.press('ArrowUp');
  await expect(message(page, 'first').getByRole('article')).toBeFocused();
  await keyboard.press('Enter');
  await expect(
    message(page, 'first')
      .getByRole('button', { name: /^React with/ })
      .first(),
  ).toBeFocused();
  await keyboard.press('Escape');
  await expect(message(page, 'first').getByRole('article')).toBeFocused();
  await keyboard.press('r');
  await expect(page.getByTestId('reply-bar')).toContainText('first');
  await expect(composer(page)).toBeFocused();
  await keyboard.press('Escape');
  await expect(page.getByTestId('reply-bar')).toHaveCount(0);
  await keyboard.press('Control+ArrowUp');
  await expect(page.getByTestId('reply-bar')).toContainText('second');
  await keyboard.type('kept');
  await keyboard.press('Escape');
  await expect(composer(page)).toHaveValue('kept');

  await keyboard.press('Alt+Shift+ArrowDown');
  await expect(page).toHaveURL(`/c/${withCy}`);
  await expect(message(page, 'from Cy')).toBeVisible();
  await keyboard.press('Alt+ArrowUp');
  await expect(composer(page)).toHaveValue('kept');
  await page.goBack();
  await expect(page).toHaveURL(`/c/${withCy}`);

  await keyboard.press('Control+/');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expect(page.getByRole('searchbox')).toBeFocused();
  await keyboard.type('unread');
  await expect(page.getByRole('dialog').getByRole('term')).toHaveCount(4);
  await keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(composer(page)).toBeFocused();

  await keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await keyboard.type('sign out');
  await keyboard.press('Enter');
  await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Stay' })).toBeFocused();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(page).toHaveURL('/sign-in');
});

test('walking through messages by keyboard scrolls with the focus', async ({ world }) => {
  const ana = await world.person('Ana');
  const id = await directChat(ana, ana);
  await say(ana, id, ...Array.from({ length: 45 }, (_, i) => `line ${i}.`));
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(composer(page)).toBeFocused();
  await expect(message(page, 'line 44.')).toBeInViewport();
  await page.keyboard.press('Shift+F6');
  for (let i = 43; i >= 0; i--) {
    await page.keyboard.press('ArrowUp');
    await expect(message(page, `line ${i}.`).getByRole('article')).toBeFocused();
  }
  await expect(message(page, 'line 0.').getByRole('article')).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('End');
  await expect(message(page, 'line 44.')).toBeInViewport();
});

test('U-62 no page breaks a rule of accessibility that can be checked, light and dark', async ({ world, browser }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await group(ana, 'Design', [bo]);
  await say(bo, id, 'Look: https://nexo.example', '🎉', 'third');
  const { page } = ana;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(`/c/${id}/details`);
    await expect(message(page, 'third')).toBeVisible();
    await expect(page.getByTestId('members').getByRole('listitem')).toHaveCount(2);
    await expectAccessible(page);
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused();
    await expectAccessible(page);
    await page.goto('/settings');
    await expect(page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/c/${id}`);
  await expect(message(page, 'third')).toBeVisible();
  await expectAccessible(page);
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(new URL('/sign-in', page.url()).href);
  await expect(stranger.getByLabel('User name')).toBeVisible();
  await expectAccessible(stranger);
  await context.close();
});

test('messages are said to a screen reader with their author, text and state', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'hello');
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(page.getByRole('article', { name: /^Ana hello \d\d:\d\d Sent$/ })).toBeVisible();
  await expect(page.getByRole('main', { name: 'Messages in Bo' })).toBeVisible();
  await expect(page.getByRole('form', { name: 'Write to Bo' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Chats' })).toBeVisible();
  await say(bo, id, 'good day');
  await expect(page.getByTestId('live-polite')).toHaveText('Bo: good day');
});
