import type { Page } from '@playwright/test';
import { call, expect, group, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';

async function shoot(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('pictures of groups', async ({ world }) => {
  test.setTimeout(300_000);
  const ada = await world.person('Ada Lovelace');
  const bo = await world.person('Bo Nilsson');
  const cy = await world.person('Cyrus Haddad');
  const id = await group(ada, 'Design', [bo]);
  const inGroup = { conversationId: id };
  await call(ada.context, 'groups.update', {
    ...inGroup,
    ...{
      introduction: 'All that has a shape.',
      announcement: 'We meet on Tuesdays at eight, in the small room.',
      joinMode: 'approval',
    },
  });
  const { code } = await call<{ code: string }>(ada.context, 'groups.createLink', {
    ...inGroup,
    expiresInMs: 86_400_000,
    maxUses: 10,
  });
  await say(bo, id, 'Good morning');
  await cy.page.goto(`/join/${id}`);
  await expect(cy.page.getByTestId('join-group')).toBeVisible();
  await shoot(cy.page, 'groups-1-join');
  await call(cy.context, 'groups.join', { ...inGroup, message: 'I draw the icons' });
  await ada.page.goto(`/c/${id}`);
  await expect(ada.page.getByTestId('pending-requests')).toBeVisible();
  await shoot(ada.page, 'groups-2-waiting');
  await ada.page.goto(`/c/${id}/details`);
  await expect(ada.page.getByTestId('group-requests')).toContainText('I draw the icons');
  await expect(ada.page.getByTestId('group-link')).toContainText(code);
  await shoot(ada.page, 'groups-3-panel');
  await ada.page.getByTestId('group-rules').scrollIntoViewIfNeeded();
  await ada.page.getByTestId('side-panel').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await shoot(ada.page, 'groups-4-rules');
  await ada.page.getByTestId('side-panel').evaluate((element) => element.scrollTo(0, 0));
  await bo.page.goto(`/c/${id}/details`);
  await bo.page.getByTestId(`member-menu:${ada.id}`).click();
  await shoot(bo.page, 'groups-5-menu');
  await call(ada.context, 'groups.muteMember', { ...inGroup, userId: bo.id, forMs: 3_600_000 });
  await bo.page.keyboard.press('Escape');
  await bo.page.goto(`/c/${id}`);
  await expect(bo.page.getByTestId('cannot-write')).toBeVisible();
  await shoot(bo.page, 'groups-6-muted');
});
