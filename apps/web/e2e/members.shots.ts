import type { Page } from '@playwright/test';
import { makeCustomer } from './customer.ts';
import { call, expect, freshId, group, message, row, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';
const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const names = ['Amara Nwosu', 'Bertil Lindqvist', 'Chiara Esposito', 'Devi Raman', 'Elif Yıldız', 'Farid Azizi', '高橋 結衣'];

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of sizes) {
      await page.setViewportSize(size);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.screenshot({ path: `${folder}/${name}-${size.width}-${colorScheme}.png` });
    }
  }
}

test('pictures of a large group, of what is only read, and of what is folded', async ({ world }) => {
  test.setTimeout(300_000);
  const customer = makeCustomer();
  if (customer === null) throw new Error('needs the data of the system that it runs in');
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ada, 'Everybody', [bo]);
  const prefix = freshId('p');
  const users = Array.from({ length: 100 }, (_, n) => ({
    userId: `${prefix}.${String(n).padStart(3, '0')}`,
    displayName: `${names[n % names.length]}${n < names.length ? '' : ` ${n}`}`,
  }));
  await customer('upsertUsers', { users });
  await customer('addMembers', { conversationId: id, userIds: users.map(({ userId }) => userId) });
  const [first, second] = users.map(({ userId }) => userId);
  await call(ada.context, 'groups.setRole', { conversationId: id, userId: first, role: 'admin' });
  await call(ada.context, 'groups.muteMember', { conversationId: id, userId: second, forMs: 3_600_000 });

  const { page } = ada;
  await page.goto(`/c/${id}/details`);
  const all = page.getByRole('button', { name: 'All 102 members' });
  await all.scrollIntoViewIfNeeded();
  await shoot(page, 'members-1-details');
  await all.click();
  await expect(page.getByTestId('all-members').getByText('Chiara Esposito', { exact: true })).toBeVisible();
  await shoot(page, 'members-2-all');
  await page.getByLabel('Search members').fill('el');
  await expect(page.getByText('14 found.')).toBeVisible();
  await shoot(page, 'members-3-found');
  await page.getByLabel('Search members').fill('nobody at all');
  await expect(page.getByText('Nobody here is called')).toBeVisible();
  await shoot(page, 'members-4-nobody');
  await page.getByLabel('Search members').fill('');
  await page.getByRole('button', { name: 'Add people' }).click();
  await shoot(page, 'members-5-adding');

  await page.goto(`/c/${id}`);
  await page.getByTestId('composer').pressSequentially('see @el');
  await expect(page.getByTestId('mention-menu').getByRole('option').first()).toContainText('Elif');
  await shoot(page, 'members-6-mention');
  await page.getByTestId('composer').fill('');

  await say(bo, id, 'A word that nobody sees');
  await call(ada.context, 'contacts.block', { userId: bo.id });
  const article = page.locator('li[data-mid] article').last();
  await article.press('p');
  await expect(page.getByTestId('pinned-bar')).toBeVisible();
  await article.press('r');
  await article.press('m');
  await expect(page.getByRole('menuitem', { name: 'Show what they said' })).toBeVisible();
  await shoot(page, 'members-7-folded');
  await page.keyboard.press('Escape');

  await page.setViewportSize({ width: 1280, height: 800 });
  const news = await customer('send', {
    ...{ toUserId: ada.id, clientMessageId: crypto.randomUUID() },
    content: { type: 'card', userId: users[2]?.userId, name: users[2]?.displayName },
  });
  await row(page, String((news as { message?: { conversationId: string } }).message?.conversationId)).click();
  const card = page.locator('li[data-mid] article').last();
  await card.press('m');
  await expect(page.getByRole('menuitem', { name: /Pin/ })).toBeVisible();
  await shoot(page, 'members-8-only-read');
  await page.keyboard.press('Escape');
  await expect(message(page, 'Show profile')).toBeVisible();
  await shoot(page, 'members-9-card');
});
