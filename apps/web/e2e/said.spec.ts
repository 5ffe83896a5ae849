import type { Page } from '@playwright/test';
import { call, composer, directChat, expect, group, message, messages, row, say, test, write } from './world.ts';

const picture =
  'data:image/svg+xml;utf8,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="8" height="6" fill="teal"/></svg>',
  );

/** A picture of the page in the folder that NEXO_SHOTS names, light and dark, wide and narrow; nothing without it. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.NEXO_SHOTS;
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(150);
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('somebody is spoken to by completion, sees it in the list, and jumps to it', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ada, 'Design', [bo]);
  await say(bo, id, 'hello');
  await ada.page.goto(`/c/${id}`);
  await expect(message(ada.page, 'hello')).toBeVisible();
  await composer(ada.page).pressSequentially('look here @ni');
  await expect(ada.page.getByTestId('mention-menu').getByRole('option')).toHaveCount(1);
  await look(ada.page, 'mention-menu');
  // Who types on at once types behind the name.
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.type('now');
  await expect(composer(ada.page)).toHaveValue('look here @Bo Nilsson now');
  await composer(ada.page).press('Enter');
  await expect(message(ada.page, 'look here').locator('.msg-mention')).toHaveText('@Bo Nilsson');

  await expect(row(bo.page, id).getByTestId('mention-pill')).toBeVisible();
  await say(ada, id, ...Array.from({ length: 40 }, (_, i) => `line ${i}`));
  await look(bo.page, 'mention-pill');
  await row(bo.page, id).click();
  await expect(messages(bo.page).first()).toBeVisible();
  await bo.page.getByTestId('jump-to-mention').click();
  await expect(message(bo.page, 'look here')).toBeInViewport();
  await expect(message(bo.page, 'look here').locator('.msg-mention')).toHaveAttribute('data-me', 'true');
  await look(bo.page, 'mention-seen');
  await expect(bo.page.getByTestId('jump-to-mention')).toBeHidden();
  await expect(row(bo.page, id).getByTestId('mention-pill')).toBeHidden();
});

test('every kind has its view, and Markdown is shown as what it means', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ada, 'Kinds', [bo]);
  const send = (content: object, more: object = {}) =>
    call(bo.context, 'messages.send', { conversationId: id, clientMessageId: crypto.randomUUID(), content, ...more });
  await ada.page.route('https://pictures.example/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: decodeURIComponent(picture.split(',').slice(1).join(',')) }),
  );
  const url = 'https://pictures.example/a.svg';
  await send({ type: 'text', text: '**bold** *soft* ~~gone~~ `code`\n> quoted\n\n```\nconst a = 1;\n```\nhttps://nexo.example' });
  await send({ type: 'image', url, width: 800, height: 600, caption: 'The view' });
  await send({ type: 'video', url: 'https://pictures.example/v.mp4', width: 640, height: 360, durationMs: 61_000 });
  await send({
    type: 'voice',
    url: 'https://pictures.example/v.ogg',
    durationMs: 12_000,
    waveform: Array.from({ length: 64 }, (_, i) => (i * 37) % 100),
  });
  await send({
    type: 'file',
    url: 'https://pictures.example/f',
    name: 'A very long name of a plan for the coming year 2031.pdf',
    size: 3_100_000,
  });
  await send({ type: 'location', latitude: 52.52, longitude: 13.405, name: 'Berlin' });
  await send({ type: 'card', userId: ada.id, name: 'Ada' });
  await send({ type: 'sticker', url, width: 300, height: 300, emoji: '🎉' });
  await send({ type: 'text', text: 'hush' }, { silent: true });
  await ada.page.goto(`/c/${id}`);
  await expect(message(ada.page, 'bold').locator('strong')).toHaveText('bold');
  await expect(message(ada.page, 'bold').locator('pre')).toHaveText('const a = 1;');
  await expect(ada.page.getByText('3.1 MB')).toBeVisible();
  await expect(ada.page.getByTitle('Sent without sound')).toBeVisible();
  await look(ada.page, 'kinds');
  await message(ada.page, 'hush').scrollIntoViewIfNeeded();
  await look(ada.page, 'kinds-end');
  await message(ada.page, 'bold').scrollIntoViewIfNeeded();
  await look(ada.page, 'kinds-top');
});

test('a message is forwarded, and its details say who has read it', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const from = await group(ada, 'Source', [bo]);
  const to = await directChat(bo, cy);
  await say(ada, from, 'pass me on');
  await bo.page.goto(`/c/${from}`);
  await message(bo.page, 'pass me on').locator('article').focus();
  await bo.page.keyboard.press('f');
  await expect(bo.page.getByRole('dialog')).toBeVisible();
  await look(bo.page, 'forward');
  await bo.page.keyboard.type('Cyrus');
  await bo.page.keyboard.press('Enter');
  await bo.page.getByRole('button', { name: 'Forward', exact: true }).last().click();
  await expect(bo.page).toHaveURL(new RegExp(to));
  await expect(bo.page.getByText('Forwarded from')).toBeVisible();
  await cy.page.goto(`/c/${to}`);
  await expect(message(cy.page, 'pass me on')).toBeVisible();
  await expect(cy.page.getByText('Forwarded from Ada Lovelace')).toBeVisible();

  await ada.page.goto(`/c/${from}`);
  await expect(message(ada.page, 'pass me on').getByTitle('Read by 1')).toBeVisible();
  await message(ada.page, 'pass me on').locator('article').focus();
  await ada.page.keyboard.press('i');
  await expect(ada.page.getByText('Read by 1 of 1')).toBeVisible();
  await look(ada.page, 'details');
});

test('in private mode a message is gone a moment after it was read, for both', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ada, bo);
  await ada.page.goto(`/c/${id}`);
  await ada.page.getByRole('button', { name: 'Show details' }).click();
  await ada.page.getByLabel('After they are read').selectOption('5000');
  await expect(ada.page.locator('.msg-notice', { hasText: 'made messages disappear 5 s after they are read' })).toBeVisible();
  await write(ada.page, 'burn after reading');
  await expect(message(ada.page, 'burn').getByTestId('life-mark')).toBeVisible();
  await look(ada.page, 'private');
  await bo.page.goto(`/c/${id}`);
  await expect(message(bo.page, 'burn')).toBeVisible();
  await expect(message(bo.page, 'burn').getByText(/Disappears in/)).toBeAttached();
  await expect(message(bo.page, 'burn')).toBeHidden({ timeout: 15_000 });
  await expect(message(ada.page, 'burn')).toBeHidden();
  await bo.page.reload();
  await expect(bo.page.getByTestId('shell')).toBeVisible();
  await expect(bo.page.locator('.msg-notice', { hasText: 'made messages disappear' })).toBeVisible();
  await expect(message(bo.page, 'burn')).toHaveCount(0);
});

test('a message whose time is over is not shown without a connection either', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ada, 'Short', [bo]);
  await call(ada.context, 'messages.setDisappearing', { conversationId: id, afterSentMs: 6_000 });
  await bo.page.goto(`/c/${id}`);
  await expect(bo.page.locator('.msg-notice', { hasText: 'after they are sent' })).toBeVisible();
  await say(ada, id, 'not for long');
  await expect(message(bo.page, 'not for long')).toBeVisible();
  await bo.context.setOffline(true);
  await expect(message(bo.page, 'A message that has disappeared')).toBeVisible({ timeout: 15_000 });
  await expect(message(bo.page, 'not for long')).toHaveCount(0);
  await bo.context.setOffline(false);
  await expect(messages(bo.page)).toHaveCount(0, { timeout: 15_000 });
});

test('what is sent without sound makes nothing unread', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ada, bo);
  await say(bo, id, 'hello');
  await bo.page.goto('/');
  await ada.page.goto(`/c/${id}`);
  await composer(ada.page).fill('by key');
  await composer(ada.page).press('Alt+Enter');
  await composer(ada.page).fill('by menu');
  await ada.page.getByTestId('send').click({ button: 'right' });
  await ada.page.getByRole('menuitem', { name: 'Send without sound' }).click();
  await expect(ada.page.getByTitle('Sent without sound')).toHaveCount(2);
  await expect(row(bo.page, id).getByText('by menu')).toBeVisible();
  await expect(row(bo.page, id)).toHaveAttribute('data-unread', '0');
});
