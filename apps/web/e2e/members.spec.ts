import type { Page } from '@playwright/test';
import { type CustomerCall, makeCustomer } from './customer.ts';
import { call, expect, freshId, group, message, type Person, test, write } from './world.ts';

const count = 400;
const batch = 100;

let customer: CustomerCall;

test.beforeAll(() => {
  const made = makeCustomer();
  test.skip(made === null, 'needs the data of the system that it runs in');
  if (made !== null) customer = made;
});

/** A group of the owner and so many others, the nth of them called `Member n`, by their ids in this order. */
async function largeGroup(owner: Person, ...others: Person[]): Promise<{ id: string; userIds: string[] }> {
  const id = await group(owner, 'Everybody', others);
  // After everybody who came by the world's own names.
  const prefix = freshId('zz');
  const userIds = Array.from({ length: count }, (_, n) => `${prefix}.${String(n).padStart(4, '0')}`);
  for (let start = 0; start < count; start += batch) {
    const part = userIds.slice(start, start + batch);
    await customer('upsertUsers', {
      users: part.map((userId, n) => ({ userId, displayName: `Member ${start + n}` })),
    });
    await customer('addMembers', { conversationId: id, userIds: part });
  }
  return { id, userIds };
}

const list = (page: Page) => page.getByTestId('all-members');
const member = (page: Page, userId = '') => list(page).getByTestId(`member:${userId}`);
const topOf = (page: Page, userId: string) => member(page, userId).evaluate((row) => Math.round(row.getBoundingClientRect().top));

/** Every page of members that a page asks for, over whatever way. */
function watchQuestions(page: Page): string[] {
  const asked: string[] = [];
  const hear = (words: string) => {
    if (words.includes('groups.members')) asked.push(words);
  };
  page.on('request', (request) => hear(request.url()));
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => hear(payload.toString())));
  return asked;
}

/** Scrolls on as a reader does, until somebody is there. */
async function scrollTo(page: Page, userId: string): Promise<void> {
  await list(page).hover();
  await expect(async () => {
    await page.mouse.wheel(0, 2_000);
    await expect(member(page, userId)).toBeInViewport({ timeout: 300 });
  }).toPass();
}

test('the members of a large group come as one scrolls, and what changes of them changes their row and not the place', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { id, userIds } = await largeGroup(ana, bo);
  const last = userIds[count - 1] as string;
  const asked = watchQuestions(bo.page);
  await bo.page.goto(`/c/${id}/details`);
  await bo.page.getByRole('button', { name: `All ${count + 2} members` }).click();
  await expect(bo.page).toHaveURL(`/c/${id}/members`);
  await expect(member(bo.page, ana.id)).toContainText('Owner');
  await expect(member(bo.page, ana.id)).toHaveAttribute('aria-setsize', String(count + 2));
  await scrollTo(bo.page, last);
  await expect(member(bo.page, last)).toContainText(`Member ${count - 1}`);
  await expect(member(bo.page, last)).toHaveAttribute('aria-posinset', String(count + 2));
  expect(asked.length).toBeGreaterThan(3);
  // Few of them are in the document, and what is above comes back when it is looked at.
  expect(await list(bo.page).getByRole('listitem').count()).toBeLessThan(60);

  // Somebody in the middle of the window, with the reader's eyes on them.
  await list(bo.page).evaluate((scroller) => scroller.scrollTo(0, 250 * 52 + 13));
  const watched = userIds[252] as string;
  await expect(member(bo.page, watched)).toBeInViewport();
  const place = await topOf(bo.page, watched);
  const before = asked.filter((words) => !words.includes('userIds')).length;

  await call(ana.context, 'groups.setRole', { conversationId: id, userId: watched, role: 'admin' });
  await expect(member(bo.page, watched)).toContainText('Admin');
  await call(ana.context, 'groups.muteMember', { conversationId: id, userId: watched, forMs: 3_600_000 });
  await expect(member(bo.page, watched)).toContainText('Muted');
  await call(ana.context, 'groups.updateMember', { conversationId: id, userId: watched, nickname: 'Boss' });
  await expect(member(bo.page, watched)).toContainText('Boss');
  expect(await topOf(bo.page, watched)).toBe(place);
  // Somebody above goes, and somebody above comes.
  const gone = userIds[3] as string;
  await call(ana.context, 'groups.kick', { conversationId: id, userIds: [gone] });
  await expect(member(bo.page, watched)).toHaveAttribute('aria-posinset', '254');
  expect(await topOf(bo.page, watched)).toBe(place);
  await customer('addMembers', { conversationId: id, userIds: [gone] });
  await expect(member(bo.page, watched)).toHaveAttribute('aria-posinset', '255');
  expect(await topOf(bo.page, watched)).toBe(place);
  // What happened without network changes the rows when it is back, as little noticed.
  await bo.context.setOffline(true);
  await expect(bo.page.getByTestId('connection-bar')).toHaveAttribute('data-state', 'offline');
  await call(ana.context, 'groups.setRole', { conversationId: id, userId: watched, role: 'member' });
  await call(ana.context, 'groups.kick', { conversationId: id, userIds: [gone] });
  await bo.context.setOffline(false);
  await expect(member(bo.page, watched)).toHaveAttribute('aria-posinset', '254');
  await expect(member(bo.page, watched)).not.toContainText('Admin');
  expect(await topOf(bo.page, watched)).toBe(place);
  expect(asked.filter((words) => !words.includes('userIds')).length).toBe(before);

  // Back leads to the details, where only a few stand.
  await bo.page.goBack();
  await expect(bo.page.getByTestId('members').getByRole('listitem')).toHaveCount(6);
});

test('in a large group somebody who is not loaded is found by their name, and by keyboard', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { id, userIds } = await largeGroup(ana, bo);
  const far = userIds[377] as string;
  await call(ana.context, 'groups.updateMember', { conversationId: id, userId: far, nickname: 'The Boss' });
  await ana.page.goto(`/c/${id}/members`);
  await expect(member(ana.page, ana.id)).toBeVisible();
  const search = ana.page.getByLabel('Search members');
  await search.fill('MEMBER 37');
  await expect(ana.page.getByText('11 found.')).toBeVisible();
  await expect(member(ana.page, far)).toContainText('The Boss');
  await search.fill('boss');
  await expect(ana.page.getByText('1 found.')).toBeVisible();
  await expect(member(ana.page, far)).toHaveAttribute('aria-setsize', '1');
  await search.fill('zebra');
  await expect(ana.page.getByText('Nobody here is called “zebra”.')).toBeVisible();
  await search.fill('');
  await expect(member(ana.page, ana.id)).toBeVisible();

  // From the field into the list, to its end and what is behind it, and into the menu of a row.
  await search.press('Tab');
  await expect(member(ana.page, ana.id).locator('[data-row-focus]')).toBeFocused();
  await ana.page.keyboard.press('ArrowDown');
  await expect(member(ana.page, bo.id).locator('[data-row-focus]')).toBeFocused();
  await expect(async () => {
    await ana.page.keyboard.press('End');
    await expect(member(ana.page, userIds[count - 1]).locator('[data-row-focus]')).toBeFocused({ timeout: 300 });
  }).toPass();
  await ana.page.keyboard.press('ArrowUp');
  await ana.page.keyboard.press('Tab');
  await ana.page.keyboard.press('Enter');
  await ana.page.getByRole('menuitem', { name: 'Remove from the group…' }).click();
  await ana.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  // Who is gone leaves the focus to the row in their place.
  await expect(member(ana.page, userIds[count - 2])).toHaveCount(0);
  await expect(member(ana.page, userIds[count - 1]).locator('[data-row-focus]')).toBeFocused();
  await ana.page.keyboard.press('Home');
  await expect(member(ana.page, ana.id).locator('[data-row-focus]')).toBeFocused();
  await ana.page.keyboard.press('Escape');
  await expect(ana.page).toHaveURL(`/c/${id}/details`);
});

test('in a large group anybody can be spoken to by name, loaded or not', async ({ world }) => {
  const ana = await world.person('Ana');
  const { id, userIds } = await largeGroup(ana);
  await ana.page.goto(`/c/${id}`);
  await ana.page.getByTestId('composer').pressSequentially('see @Member 399');
  await expect(ana.page.getByTestId('mention-menu').getByRole('option')).toHaveCount(1);
  await ana.page.keyboard.press('Enter');
  await write(ana.page, `${await ana.page.getByTestId('composer').inputValue()}please`);
  await expect(message(ana.page, 'please').locator('.msg-mention')).toHaveText('@Member 399');
  const last = async () =>
    call<{ lastMessage: { content: object } }>(ana.context, 'conversations.get', { conversationId: id }, 'query');
  const mentions = [{ userId: userIds[399], name: 'Member 399' }];
  await expect.poll(async () => (await last()).lastMessage.content).toMatchObject({ mentions });
});
