import type { Page } from '@playwright/test';
import { call, composer, directChat, expect, group, row, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';
const widths = [1440, 390] as const;

async function shoot(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png` });
    }
  }
  await page.setViewportSize({ width: 1440, height: 844 });
}

test('pictures of the list: sections, menus, muted and marked chats, drafts', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const di = await world.person('Diana Okafor');
  const update = (conversationId: string, input: object) =>
    call(ada.context, 'conversations.update', { conversationId, ...input });

  const design = await group(ada, 'Design', [bo, cy, di]);
  await say(bo, design, 'Morning!', 'The icons are in the folder.');
  await update(design, { pinned: true, muted: { mode: 'mentions', untilAt: null } });
  const notes = await directChat(ada, ada);
  await say(ada, notes, 'Buy stamps');
  await update(notes, { pinned: true });
  const withBo = await directChat(ada, bo);
  await say(bo, withBo, 'Do you have ten minutes?', 'This afternoon?');
  const withCy = await directChat(ada, cy);
  await say(ada, withCy, 'Is the build green?');
  await call(ada.context, 'conversations.markUnread', { conversationId: withCy });
  const withDi = await directChat(ada, di);
  await say(di, withDi, 'Lunch?');
  await update(withDi, { draft: { text: 'At one, if' }, draftOver: 0 });

  const { page } = ada;
  await expect(row(page, withDi)).toContainText('Draft:');
  await shoot(page, 'own-1-list');
  await row(page, design).click({ button: 'right' });
  await expect(page.getByTestId('row-menu')).toBeVisible();
  await shoot(page, 'own-2-menu');
  await page.keyboard.press('Escape');
  await row(page, withBo).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Mute' }).click();
  await expect(page.getByRole('menuitem', { name: 'For 8 hours' })).toBeVisible();
  await shoot(page, 'own-3-mute');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  const laptop = await world.again(ada);
  await row(page, withDi).click();
  await expect(composer(page)).toHaveValue('At one, if');
  await ada.context.setOffline(true);
  await composer(page).pressSequentially(' it rains');
  await laptop.page.goto(`/c/${withDi}`);
  await composer(laptop.page).fill('At two. The place by the river?');
  await laptop.page.goto('/');
  await ada.context.setOffline(false);
  await expect(page.getByTestId('other-draft')).toBeVisible({ timeout: 30_000 });
  await shoot(page, 'own-4-other-draft');

  await page.goto('/settings');
  await page.getByRole('button', { name: 'For 8 hours' }).click();
  await expect(page.getByTestId('do-not-disturb')).toContainText('On until');
  await shoot(page, 'own-5-settings');
  await page.goto(`/c/${design}/details`);
  await expect(page.getByTestId('own-settings')).toBeVisible();
  await shoot(page, 'own-6-details');
  await page.getByTestId('own-settings').getByRole('button', { name: 'Delete for me…' }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await shoot(page, 'own-7-question');
});
