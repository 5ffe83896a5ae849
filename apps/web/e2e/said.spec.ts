import type { Page } from '@playwright/test';
import { becomeContacts, call, composer, directChat, expect, group, message, messages, row, say, test, write } from './world.ts';

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

test('behind a completed name there is one space, and a draft that names somebody still does when one comes back', async ({
  world,
}) => {
  const ada = await world.person('Ada Lovelace');
  const [bo, other] = [await world.person('Bo Nilsson'), await world.person('Bo Nilsson')];
  const id = await group(ada, 'Design', [bo, other]);
  const elsewhere = await directChat(ada, bo);
  await say(ada, elsewhere, 'elsewhere');
  await say(other, id, 'hello');
  await ada.page.goto(`/c/${id}`);
  await expect(message(ada.page, 'hello')).toBeVisible();
  // Two are called so: it is the choice that says who is meant.
  await composer(ada.page).pressSequentially(`@${bo.id.slice(0, -2)}`);
  await ada.page.getByTestId('mention-menu').getByText(`@${bo.id}`, { exact: true }).click();
  await ada.page.keyboard.type(' look');
  await expect(composer(ada.page)).toHaveValue('@Bo Nilsson look');
  await ada.page.keyboard.type(', @ni');
  await expect(ada.page.getByTestId('mention-menu')).toBeVisible();
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.type(', both');
  await expect(composer(ada.page)).toHaveValue('@Bo Nilsson look, @Bo Nilsson, both');
  await composer(ada.page).fill('@Bo Nilsson look');
  await row(ada.page, elsewhere).click();
  await expect(message(ada.page, 'elsewhere')).toBeVisible();
  await ada.page.reload();
  await row(ada.page, id).click();
  await expect(composer(ada.page)).toHaveValue('@Bo Nilsson look');
  await composer(ada.page).press('Enter');
  await expect(message(ada.page, 'look').locator('.msg-mention')).toHaveText('@Bo Nilsson');
  await expect(row(bo.page, id).getByTestId('mention-pill')).toBeVisible();
});

test('in one line what was said stands without its marks: in the list, a quote, the reply and edit bars and the pinned bar', async ({
  world,
}) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ada, bo);
  const words = 'run npm test and read the plan';
  await say(ada, id, '**run** `npm test` and ~~read~~ [the plan](https://nexo.example)');
  await expect(row(bo.page, id)).toContainText(words);
  await ada.page.goto(`/c/${id}`);
  const said = message(ada.page, 'npm test').locator('article');
  await said.focus();
  await ada.page.keyboard.press('p');
  await expect(ada.page.getByTestId('pinned-bar')).toContainText(words);
  await said.focus();
  await ada.page.keyboard.press('e');
  await expect(ada.page.getByTestId('edit-bar')).toContainText(words);
  await ada.page.keyboard.press('Escape');
  await said.focus();
  await ada.page.keyboard.press('r');
  await expect(ada.page.getByTestId('reply-bar')).toContainText(words);
  await write(ada.page, 'yes, *now*');
  // The one quote was made by the client, the other by the server.
  await expect(ada.page.getByTestId('quote:1')).toContainText(words);
  await bo.page.goto(`/c/${id}`);
  await expect(bo.page.getByTestId('quote:1')).toContainText(words);
  await expect(row(bo.page, id)).toContainText('yes, now');
});

test('code in a line stands out of what surrounds it, and is legible', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ada, bo);
  await say(ada, id, 'own `code`');
  await say(bo, id, 'of the other `code`');
  await ada.page.goto(`/c/${id}`);
  await expect(message(ada.page, 'of the other')).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme });
    await expect(ada.page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    for (const width of [1440, 390]) {
      await ada.page.setViewportSize({ width, height: 844 });
      for (const text of ['own', 'of the other']) {
        const { words, chip } = await message(ada.page, text).locator('.md-inline-code').evaluate(contrasts);
        expect(words, `${text}, ${colorScheme}, ${width}`).toBeGreaterThanOrEqual(4.5);
        expect(chip, `${text}, ${colorScheme}, ${width}`).toBeGreaterThanOrEqual(1.2);
      }
    }
  }
});

/** How much the words of an element differ from what is behind them, and that from what surrounds it: ratios as WCAG has them. */
function contrasts(element: Element): { words: number; chip: number } {
  const paint = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (paint === null) throw new Error('nothing to paint with');
  const layers = (from: Element | null): string[] =>
    from === null ? ['white'] : [getComputedStyle(from).backgroundColor, ...layers(from.parentElement)];
  const luminance = (colors: string[]) => {
    for (const color of colors.reverse()) {
      paint.fillStyle = color;
      paint.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = [...paint.getImageData(0, 0, 1, 1).data]
      .map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const behind = luminance(layers(element));
  const around = luminance(layers(element.parentElement));
  return { words: ratio(luminance([getComputedStyle(element).color, ...layers(element)]), behind), chip: ratio(behind, around) };
}

test('a message is passed on to a contact and to somebody found by name, with whom there was no chat', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const stranger = await world.person('Dee Okafor');
  await becomeContacts(ada, cy);
  const from = await directChat(ada, bo);
  await say(ada, from, 'of my own');
  await say(bo, from, 'of another');
  await ada.page.goto(`/c/${from}`);
  await message(ada.page, 'of my own').locator('article').focus();
  await ada.page.keyboard.press('f');
  const dialog = ada.page.getByRole('dialog');
  await dialog.getByRole('option', { name: cy.id }).click();
  await dialog.getByRole('combobox').fill(stranger.id);
  await dialog.getByRole('option', { name: stranger.id }).click();
  await dialog.getByRole('combobox').fill('');
  await expect(dialog.getByRole('option', { selected: true })).toHaveCount(2);
  await dialog.getByRole('button', { name: 'Forward', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  for (const { page } of [cy, stranger]) {
    await page
      .getByTestId(/^conversation:/)
      .filter({ hasText: 'Ada Lovelace' })
      .click();
    await expect(message(page, 'of my own')).toContainText('Forwarded');
    // She says it now, and her name stands there.
    await expect(message(page, 'of my own').getByText('Forwarded from')).toHaveCount(0);
  }
  await write(cy.page, 'and back');
  const back = await directChat(cy, ada);
  await call(cy.context, 'messages.forward', {
    ...{ fromConversationId: back, seqs: [1], toConversationIds: [back], clientForwardId: crypto.randomUUID() },
  });
  await row(ada.page, back).click();
  await expect(message(ada.page, 'of my own').last()).toContainText('Forwarded from you');
});

test('a message is forwarded, and its details say who has read it', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const from = await group(ada, 'Source', [bo]);
  const to = await directChat(bo, cy);
  await say(ada, from, 'pass me on');
  await bo.page.goto(`/c/${from}`);
  // Reading takes a moment; who goes on before has not read.
  await expect(row(bo.page, from)).toHaveAttribute('data-unread', '0');
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
  // The reader has the whole time, from its first second on.
  await expect(message(bo.page, 'burn').getByText('Disappears in 5 s')).toBeAttached();
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
