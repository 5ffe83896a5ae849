import type { Page } from '@playwright/test';
import { composer, directChat, expect, group, message, messages, row, say, test, write } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';
const sizes = { 1440: { width: 1440, height: 900 }, 900: { width: 900, height: 800 }, 390: { width: 390, height: 844 } };

async function shoot(page: Page, name: string, widths: (keyof typeof sizes)[] = [1440, 900, 390]): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize(sizes[width]);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(sizes[1440]);
}

test('pictures of the chat', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const di = await world.person('Diana Okafor');

  const design = await group(ada, 'Design', [bo, cy, di]);
  await say(
    bo,
    design,
    'Morning! I put the new icons into the shared folder.',
    'The round ones are for people, the square ones for rooms.',
  );
  await say(cy, design, 'They look great. Could the online dot be a little larger? On my phone I can hardly see it.');
  await say(
    ada,
    design,
    'Yes, 10 px then.',
    'I will also send you the contrast table: https://nexo.example/contrast?theme=dark — every pair is above 4.5:1.',
  );
  await say(di, design, '🎉');
  await say(
    di,
    design,
    'One more thing: in the list, a long preview such as this one has to be cut with an ellipsis at the end of the line, not in the middle of a word that somebody still wants to read.\n\nAnd two paragraphs keep their distance.',
  );

  const anaBo = await directChat(ada, bo);
  await say(bo, anaBo, 'Do you have ten minutes this afternoon?');
  await say(ada, anaBo, 'Sure. At three?');
  await say(bo, anaBo, 'Perfect, see you then', 'I will bring the drawings', 'and coffee ☕');
  const anaCy = await directChat(ada, cy);
  await say(cy, anaCy, 'The build is green again.');
  const notes = await directChat(ada, ada);
  await say(ada, notes, 'Buy stamps', 'Ask Di about the photos');
  const empty = await directChat(ada, di);

  const { page } = ada;
  await expect(row(page, design)).toBeVisible();
  await shoot(page, '1-list');

  await row(page, design).click();
  await expect(message(page, 'They look great')).toBeVisible();
  await message(page, 'They look great').getByRole('article').focus();
  await page.keyboard.press('r');
  await composer(page).fill('Ten it is.');
  await composer(page).press('Enter');
  await expect(message(page, 'Ten it is.')).toHaveAttribute('data-state', 'sent');
  await composer(page).fill('Shall we look at it tomorrow?');
  await shoot(page, '2-group');

  await page.setViewportSize(sizes[1440]);
  await page.getByRole('button', { name: 'Show details' }).click();
  await expect(page.getByTestId('members').getByRole('listitem')).toHaveCount(4);
  await shoot(page, '3-details');
  await page.getByRole('button', { name: 'Hide details' }).click();

  await row(page, anaBo).click();
  await expect(page.getByTestId('unread-divider')).toBeVisible();
  await shoot(page, '4-unread');

  await ada.context.setOffline(true);
  await write(page, 'This one waits for the network');
  await write(
    page,
    'and so does this one, which is so long that it needs more than one line even on a wide window, or so one hopes',
  );
  await expect(message(page, 'This one waits')).toHaveAttribute('data-state', 'waiting');
  await expect(page.getByTestId('connection-bar')).toHaveAttribute('data-state', 'offline');
  await message(page, 'This one waits').hover();
  await shoot(page, '5-offline');
  await ada.context.setOffline(false);
  await expect(messages(page).last()).toHaveAttribute('data-state', 'sent');

  await page.goto(`/c/${empty}`);
  await expect(page.getByTestId('empty-conversation')).toBeVisible();
  await shoot(page, '6-empty');

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await shoot(page, '7-switcher', [1440, 390]);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('combobox').fill('Cyr');
  await expect(page.getByRole('option').first()).toBeVisible();
  await shoot(page, '8-new-chat', [1440, 390]);
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+/');
  await expect(page.getByRole('dialog')).toBeVisible();
  await shoot(page, '9-keys', [1440, 390]);
  await page.keyboard.press('Escape');

  await page.goto('/settings');
  await expect(page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
  await shoot(page, '10-settings');

  await page.goto('/');
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('option', { name: 'New group' }).click();
  await page.getByRole('textbox', { name: 'Name of the group' }).fill('Launch');
  await page.getByRole('combobox').fill('Bo N');
  await page.getByRole('option').first().click();
  await shoot(page, '11-new-group', [1440, 390]);
});

test('pictures of messages that failed, and of the actions of a message', async ({ world }) => {
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ada, bo);
  await say(bo, id, 'Did you get the drawings?', 'They are in the folder.');
  const { page } = ada;
  let answered = 0;
  await page.routeWebSocket(/\/trpc/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const text = frame.toString();
      if (!text.includes('"messages.send"')) return server.send(frame);
      for (const request of [JSON.parse(text)].flat() as { id: number }[]) {
        answered += 1;
        const [code, retryable] = answered === 1 ? ['FORBIDDEN', false] : ['INTERNAL', true];
        const data = { code: 'FORBIDDEN', httpStatus: 403, path: 'messages.send', nexo: { code, retryable } };
        socket.send(JSON.stringify({ id: request.id, error: { message: 'no', code: -32603, data } }));
      }
    });
  });
  await page.addInitScript(() => {
    let draws = 0;
    Math.random = () => ++draws * 1e-9;
  });
  await page.goto(`/c/${id}`);
  await write(page, 'Yes, thank you.');
  await expect(message(page, 'Yes, thank you.')).toHaveAttribute('data-state', 'failed');
  await write(page, 'I will look at them in the evening.');
  await expect(message(page, 'in the evening')).toHaveAttribute('data-state', 'failed');
  await message(page, 'They are in the folder').getByRole('article').focus();
  await shoot(page, '12-failed');
});

test('pictures of signing in', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: process.env.NEXO_E2E_URL ?? '' });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('User name').fill('nobody');
  await page.getByLabel('Password').fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'do not belong together' })).toBeVisible();
  await shoot(page, '0-sign-in', [1440, 390]);
  await page.goto('/sign-up');
  await shoot(page, '0-sign-up', [1440, 390]);
  await context.close();
});

test('pictures of presence', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const di = await world.person('Diana Okafor');
  const [withBo, withCy, withDi] = [await directChat(ada, bo), await directChat(ada, cy), await directChat(ada, di)];
  const design = await group(ada, 'Design', [bo, cy, di]);
  await say(di, withDi, 'See you tomorrow');
  await say(cy, withCy, 'I am looking at something else');
  await say(bo, withBo, 'I am here');
  await di.page.close();
  await cy.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const { page } = ada;
  const dot = (id: string) => row(page, id).getByTestId('presence-dot');
  await expect(dot(withBo)).toHaveAttribute('data-status', 'online');
  await expect(dot(withCy)).toHaveAttribute('data-status', 'away');
  await expect(dot(withDi)).toHaveCount(0);
  await shoot(page, 'presence-1-list');
  for (const [name, id] of [
    ['2-online', withBo],
    ['3-away', withCy],
    ['4-gone', withDi],
  ] as const) {
    await page.setViewportSize(sizes[1440]);
    await row(page, id).click();
    await expect(messages(page).first()).toBeVisible();
    await shoot(page, `presence-${name}`);
  }
  await page.setViewportSize(sizes[1440]);
  await row(page, design).click();
  await page.getByRole('button', { name: 'Show details' }).click();
  await expect(page.getByTestId('members').getByTestId('presence-dot')).toHaveCount(3);
  await shoot(page, 'presence-5-members');
  await page.goto('/settings');
  await page.getByRole('region', { name: 'Privacy' }).scrollIntoViewIfNeeded();
  await shoot(page, 'presence-6-settings');
});
