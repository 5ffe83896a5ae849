import type { Page } from '@playwright/test';
import { call, composer, expect, group, message, say, test, write } from './world.ts';

const panel = (page: Page) => page.getByTestId('side-panel');
const notice = (page: Page, words: string) => page.locator('.msg-notice').filter({ hasText: words });

async function chooseFor(page: Page, userId: string, item: string): Promise<void> {
  await page.getByTestId(`member-menu:${userId}`).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('a group from its rules to its dismissal, with three people', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Design', [bo]);
  await ana.page.goto(`/c/${id}/details`);
  await bo.page.goto(`/c/${id}/details`);

  // What is not allowed is there, and says why.
  await expect(panel(bo.page).getByRole('button', { name: 'Edit group' })).toBeDisabled();
  await expect(panel(bo.page).getByText('Only the owner and admins can do this.').first()).toBeVisible();
  await bo.page.getByTestId(`member-menu:${ana.id}`).click();
  await expect(bo.page.getByRole('menuitem', { name: /Remove from the group/ })).toBeDisabled();
  await bo.page.keyboard.press('Escape');

  await panel(ana.page).getByRole('button', { name: 'Edit group' }).click();
  await panel(ana.page).getByLabel('Name', { exact: true }).fill('Drawing');
  await panel(ana.page).getByLabel('Announcement').fill('We meet at eight.');
  await panel(ana.page).getByRole('button', { name: 'Save' }).click();
  await expect(bo.page.getByTestId('announcement')).toHaveText(/We meet at eight/);
  await expect(notice(bo.page, 'Ana renamed this group to “Drawing”')).toBeVisible();

  // By keyboard.
  await ana.page.getByTestId(`member-menu:${bo.id}`).focus();
  await ana.page.keyboard.press('Enter');
  await expect(ana.page.getByRole('menuitem', { name: 'Profile…' })).toBeFocused();
  for (const next of ['Add to contacts…', 'Name in this group…', 'Make an admin']) {
    await ana.page.keyboard.press('ArrowDown');
    await expect(ana.page.getByRole('menuitem', { name: next })).toBeFocused();
  }
  await ana.page.keyboard.press('Enter');
  await expect(panel(bo.page).getByRole('button', { name: 'Edit group' })).toBeEnabled();

  // Cy comes by a link that asks for approval.
  await panel(ana.page).getByRole('button', { name: 'New link' }).click();
  await panel(ana.page).getByLabel('An admin lets each of them in').check();
  await panel(ana.page).getByRole('button', { name: 'Make link' }).click();
  const address = await ana.page.getByTestId('group-link').locator('p').first().innerText();
  await cy.page.goto(new URL(address).pathname);
  await expect(cy.page.getByTestId('join-group')).toContainText('2 members');
  await cy.page.getByLabel('What the admins should know').fill('It is me');
  await cy.page.getByRole('button', { name: 'Ask to join' }).click();
  await expect(cy.page.getByText('You have asked to join.')).toBeVisible();
  await expect(bo.page.getByTestId('group-requests')).toContainText('It is me');
  await bo.page.getByRole('button', { name: 'Let Cy in' }).click();
  await expect(ana.page.getByTestId('group-requests')).toHaveCount(0);
  // Who waits at the door goes in by itself.
  await expect(cy.page).toHaveURL(`/c/${id}`);
  await write(cy.page, 'Here I am');
  await expect(message(ana.page, 'Here I am')).toBeVisible();

  // Muted, all muted, and free again.
  await chooseFor(ana.page, cy.id, 'Mute for an hour');
  await expect(cy.page.getByTestId('cannot-write')).toHaveText(/You are muted in this group until/);
  await message(cy.page, 'Here I am').hover();
  const tools = cy.page.getByRole('toolbar', { name: 'Message actions' });
  await expect(tools.getByRole('button', { name: 'React', exact: true })).toHaveCount(0);
  await tools.getByRole('button', { name: 'More' }).click();
  for (const name of [/^React/, /^Edit/]) {
    const item = cy.page.getByRole('menuitem', { name });
    await expect(item).toBeDisabled();
    await expect(item).toContainText('You are muted in this group.');
  }
  await cy.page.keyboard.press('Escape');
  await chooseFor(ana.page, cy.id, 'Let them write again');
  await expect(composer(cy.page)).toBeVisible();
  await message(cy.page, 'Here I am').hover();
  await expect(tools.getByRole('button', { name: 'React', exact: true })).toBeVisible();
  await panel(ana.page).getByLabel('Only admins write').check();
  await expect(cy.page.getByTestId('cannot-write')).toHaveText('Only admins can write here.');
  await expect(composer(bo.page)).toBeVisible();
  await panel(ana.page).getByLabel('Only admins write').uncheck();
  await write(cy.page, 'Free again');
  await expect(message(bo.page, 'Free again')).toBeVisible();

  // A name of one's own, rules, and the members hidden.
  await panel(bo.page).getByRole('button', { name: 'Your name in this group' }).click();
  await bo.page.getByRole('dialog').getByRole('textbox').fill('Boss');
  await bo.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(ana.page.getByTestId(`member:${bo.id}`)).toContainText('Boss');
  await write(bo.page, 'So it is');
  await expect(message(cy.page, 'So it is')).toContainText('Boss');
  await panel(ana.page).getByLabel('Who sees the members').selectOption('admins');
  await cy.page.getByRole('button', { name: 'Show details' }).click();
  await expect(panel(cy.page)).toContainText('Only admins see who is in this group.');

  // Removed; handed over; dismissed.
  await chooseFor(bo.page, cy.id, 'Remove from the group…');
  await bo.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(cy.page.getByTestId('cannot-write')).toHaveText(/You are no longer in this group/);
  await chooseFor(ana.page, bo.id, 'Make the owner…');
  await ana.page.getByRole('alertdialog').getByRole('button', { name: 'Make owner' }).click();
  await expect(panel(ana.page).getByRole('button', { name: 'Dismiss group' })).toHaveCount(0);
  await panel(bo.page).getByRole('button', { name: 'Dismiss group' }).click();
  await bo.page.getByRole('alertdialog').getByRole('button', { name: 'Dismiss for everybody' }).click();
  await expect(ana.page.getByTestId('cannot-write')).toHaveText(/This group was dismissed/);
  await expect(notice(ana.page, 'Boss dismissed this group').or(notice(ana.page, 'Bo dismissed this group'))).toBeVisible();
  await expect(message(ana.page, 'Here I am')).toBeVisible();
});

test('an owner who leaves chooses who inherits, and a link that is not good says so', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Design', [bo, cy]);
  await say(ana, id, 'hello');
  await ana.page.goto(`/c/${id}/details`);
  await panel(ana.page).getByRole('button', { name: 'Leave group' }).click();
  await ana.page.getByLabel('Who owns the group then').selectOption({ label: 'Cy' });
  await ana.page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  await expect(ana.page.getByTestId('cannot-write')).toBeVisible();
  const view = await call<{ me: { role: string } }>(cy.context, 'conversations.get', { conversationId: id }, 'query');
  expect(view.me.role).toBe('owner');
  await bo.page.goto(`/join/${'x'.repeat(22)}`);
  await expect(bo.page.getByText('This invitation link is not good any more.')).toBeVisible();
});
