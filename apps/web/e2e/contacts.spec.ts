import type { Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { becomeContacts, call, composer, directChat, expect, group, message, row, say, test, write } from './world.ts';

const line = (page: Page, userId: string) => page.getByTestId(`person:${userId}`);
const contactsButton = (page: Page) =>
  page.getByRole('navigation', { name: 'Spaces' }).getByRole('button', { name: /^Contacts/ });

test('somebody is found, asked with a word, and accepts; both have each other at once', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  await contactsButton(ana.page).click();
  await ana.page.getByRole('button', { name: 'Add', exact: true }).click();
  await ana.page.getByRole('combobox', { name: 'Find a person' }).fill(bo.id);
  await ana.page.getByRole('option', { name: bo.id }).click();
  await ana.page.getByRole('textbox', { name: /Message/ }).fill('From the course');
  await ana.page.getByRole('button', { name: 'Send request' }).click();
  await expect(ana.page.getByRole('region', { name: 'Waiting for an answer' })).toContainText('Bo');

  await expect(contactsButton(bo.page)).toHaveAccessibleName('Contacts, 1 request');
  await contactsButton(bo.page).click();
  await expect(line(bo.page, ana.id)).toContainText('From the course');
  await bo.page.getByRole('button', { name: 'Accept Ana' }).click();
  await expect(contactsButton(bo.page)).toHaveAccessibleName('Contacts');
  for (const [page, other] of [
    [ana.page, bo],
    [bo.page, ana],
  ] as const) {
    await expect(page.getByRole('region', { name: 'Your contacts' })).toContainText(other.name);
  }
  await expect(ana.page.getByRole('region', { name: 'Waiting for an answer' })).toHaveCount(0);
  await ana.page.reload();
  await line(ana.page, bo.id).getByRole('button', { name: /Bo/ }).first().click();
  await expect(composer(ana.page)).toBeVisible();
});

test('a request is refused and taken back by keyboard', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  await call(ana.context, 'contacts.request', { userId: bo.id });
  await bo.page.goto('/contacts');
  const refuse = bo.page.getByRole('button', { name: 'Refuse Ana' });
  await refuse.press('Enter');
  await expect(refuse).toHaveCount(0);
  await expect(bo.page.getByRole('heading', { name: 'Contacts', exact: true })).toBeFocused();
  await expect(bo.page.getByText('Nobody yet.')).toBeVisible();
  await call(bo.context, 'contacts.request', { userId: ana.id });
  const takeBack = bo.page.getByRole('button', { name: 'Take back the request to Ana' });
  await takeBack.press('Enter');
  await expect(takeBack).toHaveCount(0);
  await ana.page.goto('/contacts');
  await expect(ana.page.getByText('Nobody yet.')).toBeVisible();
});

test('a contact gets a name of one’s own, stands first, and is removed on both sides', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  await becomeContacts(ana, bo);
  const id = await directChat(ana, bo);
  await say(ana, id, 'hi');
  await ana.page.goto('/contacts');
  await ana.page.getByRole('button', { name: 'More for Bo' }).click();
  await ana.page.getByRole('menuitem', { name: 'Pin to the top' }).click();
  await expect(line(ana.page, bo.id).getByLabel('Pinned')).toBeVisible();
  await ana.page.getByRole('button', { name: 'More for Bo' }).click();
  await ana.page.getByRole('menuitem', { name: /Your name/ }).click();
  await ana.page.getByRole('textbox', { name: 'Name' }).fill('Bobby');
  await ana.page.getByRole('textbox', { name: 'Name' }).press('Enter');
  await expect(line(ana.page, bo.id)).toContainText('Bobby');
  await expect(row(ana.page, id)).toContainText('Bobby');
  await bo.page.goto('/contacts');
  await expect(line(bo.page, ana.id)).toBeVisible();
  await ana.page.getByRole('button', { name: 'More for Bobby' }).click();
  await ana.page.getByRole('menuitem', { name: /Remove/ }).click();
  await ana.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(line(ana.page, bo.id)).toHaveCount(0);
  await expect(line(bo.page, ana.id)).toHaveCount(0);
  await expect(row(ana.page, id)).toContainText('Bo');
});

test('A18 who is blocked is refused as by a setting; who blocked reads why and unblocks in place', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'hi');
  await row(ana.page, id).click();
  await row(bo.page, id).click();
  await expect(message(bo.page, 'hi')).toBeVisible();
  await ana.page.getByRole('button', { name: 'Show details' }).click();
  await ana.page.getByTestId('side-panel').getByRole('button', { name: 'Block' }).click();
  await ana.page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
  await expect(ana.page.getByTestId('cannot-write')).toContainText('You blocked Bo.');
  await expect(composer(ana.page)).toHaveCount(0);
  await expect(bo.page.getByTestId('status-line')).toHaveText('offline');

  await write(bo.page, 'are you there?');
  await expect(bo.page.getByText('Not sent: this person doesn’t take messages from you.')).toBeVisible();
  await expect(message(ana.page, 'are you there?')).toHaveCount(0);

  await ana.page.goto('/contacts');
  await expect(ana.page.getByRole('region', { name: 'Blocked people' })).toContainText('Bo');
  await row(ana.page, id).click();
  await ana.page.getByTestId('cannot-write').getByRole('button', { name: 'Unblock' }).click();
  await expect(composer(ana.page)).toBeVisible();
  await write(bo.page, 'and now?');
  await expect(message(ana.page, 'and now?')).toBeVisible();
});

test('who may write is a setting, kept at once', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(bo, ana);
  await ana.page.goto('/settings');
  await ana.page
    .getByRole('group', { name: /write to you/ })
    .getByRole('radio', { name: 'My contacts' })
    .check();
  await expect(ana.page.getByText('Saved')).toBeVisible();
  await ana.page.goto(`/c/${id}`);
  await expect(ana.page.getByTestId('no-answer')).toContainText('Only your contacts can write to you, so Bo can’t answer.');
  await bo.page.goto(`/c/${id}`);
  await expect(bo.page.getByTestId('no-answer')).toHaveCount(0);
  await write(bo.page, 'hello');
  await expect(bo.page.getByText('Not sent: only contacts may write to this person.')).toBeVisible();
});

test('U-39 in a group what a blocked person says is folded until one wants to see it', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await group(ana, 'Design', [bo]);
  await say(bo, id, 'a word from Bo');
  await call(ana.context, 'contacts.block', { userId: bo.id });
  await row(ana.page, id).click();
  const veil = ana.page.getByTestId('blocked-veil');
  const article = ana.page.locator('li[data-mid] article').last();
  const item = (name: string) => ana.page.getByRole('menuitem', { name });
  await expect(veil).toHaveText('Message from a blocked person · Show');
  await expect(message(ana.page, 'a word from Bo')).toHaveCount(0);
  // Nor does it stand, or can it be taken along, anywhere else.
  await article.focus();
  await article.press('p');
  await expect(ana.page.getByTestId('pinned-bar')).toContainText('Message from a blocked person');
  await article.press('f');
  await expect(ana.page.getByText('This is from somebody whom you blocked. Show it first.')).toBeVisible();
  await article.press('r');
  await expect(ana.page.getByTestId('reply-bar')).toContainText('Message from a blocked person');
  await article.press('m');
  await expect(item('Unpin')).toBeVisible();
  await expect(item('Copy text')).toHaveCount(0);
  await expect(item('Forward…')).toHaveCount(0);
  await expect(ana.page.getByText('a word from Bo')).toHaveCount(0);
  await item('Show what they said').click();
  await expect(message(ana.page, 'a word from Bo')).toBeVisible();
  await expect(ana.page.getByTestId('pinned-bar')).toContainText('a word from Bo');
  await row(bo.page, id).click();
  await expect(message(bo.page, 'a word from Bo')).toBeVisible();
});

test('U-62 contacts, their menu and their dialogs break no rule of accessibility that can be checked, light and dark', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const [bo, cy, dot, eve] = [
    await world.person('Bo'),
    await world.person('Cy'),
    await world.person('Dot'),
    await world.person('Eve'),
  ];
  await becomeContacts(ana, bo);
  await call(ana.context, 'contacts.update', { userId: bo.id, pinned: true });
  await call(cy.context, 'contacts.request', { userId: ana.id, message: 'It is me' });
  await call(ana.context, 'contacts.request', { userId: dot.id });
  await call(ana.context, 'contacts.block', { userId: eve.id });
  const id = await directChat(ana, bo);
  const { page } = ana;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto('/contacts');
    await expect(line(page, eve.id)).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'More for Bo' }).click();
    await expect(page.getByRole('menuitem', { name: 'Unpin' })).toBeVisible();
    // A menu is reached from its button alone, and belongs to no part of the page.
    await expectAccessible(page, 'region');
    await page.getByRole('menuitem', { name: /Your name/ }).click();
    await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await expectAccessible(page);
    await page.goto(`/c/${id}/details`);
    await expect(page.getByRole('button', { name: 'Remove contact' })).toBeVisible();
    await expectAccessible(page);
  }
});
