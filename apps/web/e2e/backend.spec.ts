import type { Browser, Page } from '@playwright/test';
import { type CustomerCall, makeCustomer } from './customer.ts';
import { baseUrl, expect, freshId, message, test } from './world.ts';

/** What the customer's own server would do. */
let call: CustomerCall;

test.beforeAll(() => {
  const made = makeCustomer();
  test.skip(made === null, 'needs the data of the system that it runs in');
  if (made !== null) call = made;
});

async function customer(name: string): Promise<string> {
  const userId = freshId(name.toLowerCase());
  await call('upsertUsers', { users: [{ userId, displayName: name }] });
  return userId;
}

const linkFor = async (userId: string, next = '/settings') =>
  `/enter?next=${encodeURIComponent(next)}#${(await call('mintTicket', { userId })).ticket}`;

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: baseUrl(), locale: 'en-GB' });
  return context.newPage();
}

test('somebody of the customer’s site comes in by a link, once, and the link leaves no trace', async ({ browser }) => {
  const zoe = await customer('Zoe');
  const link = await linkFor(zoe);
  const page = await newPage(browser);
  await page.goto(link);
  await expect(page).toHaveURL('/settings');
  await expect(page.getByText(`@${zoe}`)).toBeVisible();
  // There is no password to change.
  await expect(page.getByRole('region', { name: 'Password' })).toHaveCount(0);
  expect(await page.evaluate(() => JSON.stringify([location.href, ...Object.values(localStorage)]))).not.toContain('nxt_');
  const late = await newPage(browser);
  await late.goto(link);
  await expect(late.getByRole('alert').filter({ hasText: 'This link has been used, or is too old.' })).toBeVisible();
  await late.getByRole('link', { name: 'Sign in' }).click();
  await expect(late).toHaveURL('/sign-in');
  for (const one of [page, late]) await one.context().close();
});

test('who is signed in already is asked before a link makes somebody else of them', async ({ world }) => {
  const zoe = await customer('Zoe');
  const ana = await world.person('Ana');
  await ana.page.goto(await linkFor(zoe));
  await ana.page.getByRole('button', { name: 'Stay as I am' }).click();
  await expect(ana.page.getByText(`@${ana.id}`)).toBeVisible();
  await ana.page.goto('about:blank');
  await ana.page.goto(await linkFor(zoe));
  await ana.page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(ana.page.getByText(`@${zoe}`)).toBeVisible();
});

test('S15 the list of sessions has place and last use; all others are signed out at once', async ({ browser }) => {
  const zoe = await customer('Zoe');
  const pages = [await newPage(browser), await newPage(browser), await newPage(browser)] as const;
  for (const page of pages) {
    await page.goto(await linkFor(zoe));
    await expect(page.getByText(`@${zoe}`)).toBeVisible();
  }
  const [page, ...others] = pages;
  const rows = page.getByTestId('sessions').getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText(/This session · [0-9a-f.:]+/);
  await expect(rows.last()).toContainText(/Last seen .+ · [0-9a-f.:]+/);
  await page.getByRole('button', { name: 'Sign out all others' }).click();
  await expect(page.getByText('2 sessions were signed out.')).toBeVisible();
  await expect(rows).toHaveCount(1);
  for (const other of others) await expect(other.getByTestId('signed-out')).toBeVisible();
  for (const one of pages) await one.context().close();
});

test('where nobody makes an account by themselves the pages say so', async ({ browser }) => {
  const page = await newPage(browser);
  await page.route('**/trpc/auth.options*', (route) =>
    route.fulfill({ json: { result: { data: { registrationOpen: false } } } }),
  );
  await page.goto('/sign-in');
  await expect(page.getByText('Accounts here are given out by whoever runs this server.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create an account' })).toHaveCount(0);
  await page.goto('/sign-up');
  await expect(page.getByText('Nobody can make an account here by themselves.')).toBeVisible();
  await page.context().close();
});

test('what the operator says is only read: nothing is offered that would be refused', async ({ world }) => {
  const ana = await world.person('Ana');
  await call('send', { toUserId: ana.id, clientMessageId: crypto.randomUUID(), content: { type: 'text', text: 'News for all' } });
  await ana.page
    .getByTestId('conversation-list')
    .getByRole('link', { name: /News for all/ })
    .click();
  const news = message(ana.page, 'News for all');
  await news.hover();
  await expect(news.getByRole('toolbar')).toBeVisible();
  await expect(news.getByRole('button', { name: 'Forward' })).toBeVisible();
  await expect(news.getByRole('button', { name: /React|Reply/ })).toHaveCount(0);
  await news.getByRole('button', { name: 'More' }).click();
  await expect(ana.page.getByRole('menuitem', { name: /React with/ })).toHaveCount(0);
  await expect(ana.page.getByRole('menuitem', { name: /Pin.*Only the operator writes here/s })).toBeDisabled();
});
