import type { Page } from '@playwright/test';
import { call, composer, expect, group, message, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';
const sizes = { 1440: { width: 1440, height: 900 }, 390: { width: 390, height: 844 } };

async function shoot(page: Page, name: string, ...widths: (keyof typeof sizes)[]): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize(sizes[width]);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png` });
    }
  }
}

test('pictures of the life of a message', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const conversationId = await group(ada, 'Design', [bo, cy]);
  await say(
    bo,
    conversationId,
    'Morning! The new icons are in the shared folder.',
    'The round ones are for poeple, the square ones for rooms.',
  );
  await say(cy, conversationId, 'They look great.');
  await say(ada, conversationId, 'Lunch at one?', 'Wrong window, sorry');
  await say(bo, conversationId, 'a slip');
  const content = { type: 'text', text: 'The round ones are for people, the square ones for rooms.' };
  await call(bo.context, 'messages.edit', { conversationId, seq: 3, content });
  const reply = {
    conversationId,
    clientMessageId: crypto.randomUUID(),
    content: { type: 'text', text: 'Clear now' },
    replyTo: 3,
  };
  await call(cy.context, 'messages.send', reply);
  for (const [person, emoji] of [
    [bo, '👍'],
    [cy, '👍'],
    [ada, '👍'],
    [bo, '🍕'],
    [cy, '🎉'],
  ] as const) {
    await call(person.context, 'messages.react', { conversationId, seq: 5, emoji, on: true });
  }
  await call(bo.context, 'messages.react', { conversationId, seq: 8, emoji: '❤️', on: true });
  for (const seq of [2, 5]) await call(ada.context, 'messages.pin', { conversationId, seq, pinned: true });
  await call(ada.context, 'messages.revoke', { conversationId, seq: 6 });
  await call(ada.context, 'messages.revoke', { conversationId, seq: 7 });

  const { page } = ada;
  await page.goto(`/c/${conversationId}`);
  await expect(message(page, 'Clear now')).toBeVisible();
  await shoot(page, 'life-1-list', 1440, 390);
  await page.setViewportSize(sizes[1440]);
  await message(page, 'Lunch at one?').locator('.msg-body').hover();
  await shoot(page, 'life-2-hover', 1440);
  await message(page, 'Lunch at one?').locator('.msg-body').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  await shoot(page, 'life-3-menu', 1440, 390);
  await page.setViewportSize(sizes[1440]);
  await page.getByRole('menuitem', { name: 'More reactions' }).click();
  await expect(page.getByTestId('reaction-picker')).toBeVisible();
  await shoot(page, 'life-4-picker', 1440, 390);
  await page.keyboard.press('Escape');
  await page.setViewportSize(sizes[1440]);
  await composer(page).focus();
  await page.keyboard.press('ArrowUp');
  await shoot(page, 'life-5-edit', 1440, 390);
  await page.keyboard.press('Escape');
  await page.setViewportSize(sizes[1440]);
  await message(page, 'for people').getByRole('button', { name: 'edited' }).click();
  await expect(page.getByTestId('edit-history').getByRole('listitem')).toHaveCount(2);
  await shoot(page, 'life-6-history', 1440, 390);
  await page.keyboard.press('Escape');
  await page.setViewportSize(sizes[1440]);
  await message(page, 'They look great').locator('.msg-body').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await shoot(page, 'life-7-delete', 1440, 390);
});
