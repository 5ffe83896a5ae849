import type { Page } from '@playwright/test';
import { becomeContacts, composer, directChat, expect, group, message, row, say, test, type World } from './world.ts';

const statusLine = (page: Page) => page.getByTestId('status-line');
const dotOf = (page: Page, conversationId: string) => row(page, conversationId).getByTestId('presence-dot');

/** A browser tab cannot really be hidden here: the page is told that it is, as by the browser. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

async function twoWhoTalk(world: World) {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'hi');
  await say(bo, id, 'hello');
  return { ana, bo, id };
}

test('U-42 one sees the other come, look elsewhere, and go', async ({ world }) => {
  const { ana, bo, id } = await twoWhoTalk(world);
  await bo.page.goto('about:blank');
  await row(ana.page, id).click();
  await expect(statusLine(ana.page)).toHaveText('last seen just now');
  await expect(dotOf(ana.page, id)).toHaveCount(0);

  await bo.page.goto('/');
  await expect(statusLine(ana.page)).toHaveText('online');
  await expect(dotOf(ana.page, id)).toHaveAttribute('data-status', 'online');
  await expect(dotOf(ana.page, id)).toHaveText('online');

  await setHidden(bo.page, true);
  await expect(statusLine(ana.page)).toHaveText('away');
  await expect(dotOf(ana.page, id)).toHaveAttribute('data-status', 'away');
  await setHidden(bo.page, false);
  await expect(statusLine(ana.page)).toHaveText('online');

  await bo.page.goto('about:blank');
  await expect(statusLine(ana.page)).toHaveText('last seen just now');
  await expect(dotOf(ana.page, id)).toHaveCount(0);
});

test('two tabs of one browser are one person: who looks at one of them is online', async ({ world }) => {
  const { ana, bo, id } = await twoWhoTalk(world);
  const second = await bo.context.newPage();
  await second.goto('/');
  await expect(second.getByTestId('shell')).toBeVisible();
  await row(ana.page, id).click();
  await expect(statusLine(ana.page)).toHaveText('online');
  await setHidden(bo.page, true);
  await setHidden(second, true);
  await expect(statusLine(ana.page)).toHaveText('away');
  await setHidden(second, false);
  await expect(statusLine(ana.page)).toHaveText('online');
});

test('a reload is not noticed by the other', async ({ world }) => {
  const { ana, bo, id } = await twoWhoTalk(world);
  await row(ana.page, id).click();
  await expect(statusLine(ana.page)).toHaveText('online');
  await ana.page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const line = document.querySelector('[data-testid="status-line"]');
    if (line !== null)
      new MutationObserver(() => seen.push(line.textContent ?? '')).observe(line, {
        childList: true,
        subtree: true,
        characterData: true,
      });
  });
  await bo.page.reload();
  await expect(bo.page.getByTestId('shell')).toBeVisible();
  await say(bo, id, 'here I am again');
  await expect(message(ana.page, 'here I am again')).toBeVisible();
  expect(await ana.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
});

test('without network nobody is shown as online', async ({ world }) => {
  const { ana, id } = await twoWhoTalk(world);
  await row(ana.page, id).click();
  await expect(dotOf(ana.page, id)).toHaveAttribute('data-status', 'online');
  await ana.context.setOffline(true);
  await expect(dotOf(ana.page, id)).toHaveCount(0);
  await ana.context.setOffline(false);
  await expect(dotOf(ana.page, id)).toHaveAttribute('data-status', 'online', { timeout: 30_000 });
});

test('U-41 typing shows in the header and in the list, and fades when the word that it is over never comes', async ({
  world,
}) => {
  const { ana, bo, id } = await twoWhoTalk(world);
  await row(ana.page, id).click();
  await row(bo.page, id).click();
  await composer(bo.page).pressSequentially('Do you');
  await expect(statusLine(ana.page)).toHaveText('Bo is typing…');
  await expect(row(ana.page, id)).toContainText('typing…');
  await bo.page.close();
  await expect(statusLine(ana.page)).not.toContainText('typing');
  await expect(row(ana.page, id)).not.toContainText('typing…');
});

test('in a group the list of members shows who is there', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Design', [bo, cy]);
  await cy.page.close();
  await row(ana.page, id).click();
  await ana.page.getByRole('button', { name: 'Show details' }).click();
  const dotOfMember = (userId: string) => ana.page.getByTestId(`member:${userId}`).getByTestId('presence-dot');
  await expect(dotOfMember(bo.id)).toHaveAttribute('data-status', 'online');
  await expect(dotOfMember(cy.id)).toHaveCount(0);
});

test('U-42 who hides looks offline at once, also to who watches, and does not see the others', async ({ world }) => {
  const { ana, bo, id } = await twoWhoTalk(world);
  await row(ana.page, id).click();
  await row(bo.page, id).click();
  await expect(statusLine(ana.page)).toHaveText('online');
  await expect(statusLine(bo.page)).toHaveText('online');

  await bo.page.goto('/settings');
  const choose = (name: string) =>
    bo.page
      .getByRole('group', { name: /online/ })
      .getByRole('radio', { name })
      .check();
  await choose('Nobody');
  await expect(bo.page.getByText('Saved')).toBeVisible();
  await expect(statusLine(ana.page)).toHaveText('offline');
  await expect(dotOf(ana.page, id)).toHaveCount(0);
  await row(bo.page, id).click();
  await expect(statusLine(bo.page)).toHaveText('offline');

  await bo.page.goto('/settings');
  const chosen = (name: string) => bo.page.getByRole('group', { name: /online/ }).getByRole('radio', { name });
  await expect(chosen('Nobody')).toBeChecked();
  await becomeContacts(ana, bo);
  await choose('My contacts');
  await expect(statusLine(ana.page)).toHaveText('online');
  await bo.page.reload();
  await expect(chosen('My contacts')).toBeChecked();
});
