import type { Page } from '@playwright/test';
import { becomeContacts, call, composer, directChat, expect, group, message, row, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? 'shots';

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(150);
      await page.screenshot({ path: `${folder}/together-${name}-${width}-${colorScheme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('pictures of the places where capabilities meet', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const { page } = ada;
  const send = (conversationId: string, content: object) =>
    call(bo.context, 'messages.send', { conversationId, clientMessageId: crypto.randomUUID(), content });
  await becomeContacts(ada, bo);
  const design = await group(ada, 'Design', [bo, cy]);
  const withBo = await directChat(ada, bo);
  await say(ada, design, 'Hello wurld');
  await say(cy, design, 'The icons are in the folder.');
  await say(bo, withBo, 'Do you have ten minutes?', 'This afternoon?');
  await send(withBo, { type: 'card', userId: cy.id, name: 'Cyrus' });
  await call(ada.context, 'conversations.update', {
    conversationId: design,
    pinned: true,
    muted: { mode: 'mentions', untilAt: null },
  });
  await send(design, {
    type: 'text',
    text: '@Ada Lovelace look at this',
    mentions: [{ userId: ada.id, name: 'Ada Lovelace' }],
  });
  await page.goto('/');
  await expect(row(page, design).getByTestId('mention-pill')).toBeVisible();
  await shoot(page, '1-list');

  await page.goto(`/c/${withBo}`);
  await page.getByRole('button', { name: /Show profile/ }).click();
  await expect(page.getByRole('dialog', { name: 'Profile' })).toBeVisible();
  await shoot(page, '2-profile');
  await page.keyboard.press('Escape');
  await message(page, 'This afternoon?').locator('article').focus();
  await page.keyboard.press('m');
  await expect(page.getByRole('menuitem', { name: 'Mark unread from here' })).toBeVisible();
  await shoot(page, '3-menu');
  await page.keyboard.press('Escape');
  await page.goto(`/c/${withBo}/details`);
  await expect(page.getByTestId('own-settings')).toBeVisible();
  await shoot(page, '4-person-panel');

  await page.goto(`/c/${design}/details`);
  await expect(page.getByTestId(`member:${cy.id}`)).toBeVisible();
  await shoot(page, '5-group-panel');
  await page.getByTestId(`member-menu:${cy.id}`).click();
  await expect(page.getByRole('menuitem', { name: /Add to contacts/ })).toBeVisible();
  await shoot(page, '6-member-menu');
  await page.keyboard.press('Escape');

  await page.goto(`/c/${design}`);
  await message(page, 'Hello wurld').locator('article').focus();
  await page.keyboard.press('e');
  await composer(page).fill('Hello world');
  await message(page, 'The icons').locator('article').focus();
  await page.keyboard.press('r');
  await expect(page.getByTestId('action-trouble:messages')).toContainText('Save your edit');
  await shoot(page, '7-edit-first');
  await call(ada.context, 'contacts.block', { userId: cy.id });
  await expect(page.getByTestId('blocked-veil')).toBeVisible();
  await shoot(page, '8-folded');
  await page.goto('/settings');
  await page.getByText('Show others what I have read').scrollIntoViewIfNeeded();
  await shoot(page, '9-privacy');
});
