import { becomeContacts, call, composer, directChat, expect, group, message, row, say, test, write } from './world.ts';

/** Where capabilities meet: each of these concerns two of them. */

test('a message is marked as unread from its menu, and by its key', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'one', 'two', 'three');
  const { page } = ana;
  await row(page, id).click();
  await expect(row(page, id)).toHaveAttribute('data-state', 'read');
  await message(page, 'two').locator('.msg-body').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Mark unread from here' }).click();
  await expect(row(page, id)).toHaveAttribute('data-state', 'marked');
  await page.goto('/');
  await expect(row(page, id)).toHaveAttribute('data-state', 'marked');
  await row(page, id).click();
  await expect(page.getByTestId('unread-divider')).toHaveText('New · 2');
  await expect(row(page, id)).toHaveAttribute('data-state', 'read');
  await message(page, 'three').locator('article').focus();
  await page.keyboard.press('u');
  await expect(row(page, id)).toHaveAttribute('data-state', 'marked');
});

test('an edit leaves the draft alone: its words, its answer and whom it speaks to come back, also after a reload', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ana, 'Design', [bo]);
  await say(ana, id, 'Hello wurld');
  await say(bo, id, 'a question');
  const laptop = await world.again(ana);
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await message(page, 'a question').locator('article').focus();
  await page.keyboard.press('r');
  await composer(page).pressSequentially('see @ni');
  await composer(page).press('Enter');
  await expect(composer(page)).toHaveValue('see @Bo Nilsson ');
  await message(page, 'Hello wurld').locator('article').focus();
  await page.keyboard.press('e');
  await expect(page.getByTestId('edit-bar')).toBeVisible();
  await expect(page.getByTestId('reply-bar')).toHaveCount(0);
  await composer(page).fill('Hello world');
  // An edit is of this browser; the draft is on all devices.
  await expect(row(laptop.page, id)).toContainText('Draft: see @Bo Nilsson');
  await page.reload();
  await expect(composer(page)).toHaveValue('Hello world');
  await expect(page.getByTestId('edit-bar')).toContainText('Hello wurld');
  // A reply is not written into it.
  await message(page, 'a question').locator('article').focus();
  await page.keyboard.press('r');
  await expect(page.getByText('Save your edit or cancel it first.')).toBeVisible();
  await composer(page).press('Enter');
  await expect(message(page, 'Hello world')).toBeVisible();
  await expect(composer(page)).toHaveValue('see @Bo Nilsson ');
  await expect(page.getByTestId('reply-bar')).toContainText('a question');
  await composer(page).press('Enter');
  await expect(message(page, 'see').locator('.msg-mention')).toHaveText('@Bo Nilsson');
  await expect(row(bo.page, id).getByTestId('mention-pill')).toBeVisible();
});

test('whom a draft speaks to is spoken to from another device as well', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo Nilsson');
  const id = await group(ana, 'Design', [bo]);
  await say(bo, id, 'hello');
  const laptop = await world.again(ana);
  await ana.page.goto(`/c/${id}`);
  await composer(ana.page).pressSequentially('come @ni');
  await composer(ana.page).press('Enter');
  await expect(row(laptop.page, id)).toContainText('Draft: come @Bo Nilsson');
  await row(laptop.page, id).click();
  await expect(composer(laptop.page)).toHaveValue('come @Bo Nilsson ');
  await expect(message(laptop.page, 'hello')).toContainText('Bo Nilsson');
  await composer(laptop.page).press('Enter');
  await expect(row(bo.page, id).getByTestId('mention-pill')).toBeVisible();
});

test('a card opens a profile, from which somebody is asked to become a contact', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await directChat(ana, bo);
  await call(bo.context, 'messages.send', {
    conversationId: id,
    clientMessageId: crypto.randomUUID(),
    content: { type: 'card', userId: cy.id, name: 'Cy' },
  });
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await page.getByRole('button', { name: /Show profile/ }).click();
  const profile = page.getByRole('dialog', { name: 'Profile' });
  await expect(profile).toContainText(`@${cy.id}`);
  await profile.getByRole('button', { name: 'Add to contacts' }).click();
  await page.getByRole('button', { name: 'Send request' }).click();
  await expect(profile.getByRole('button', { name: 'Take back your request' })).toBeVisible();
  await profile.getByRole('button', { name: 'Write a message' }).click();
  await expect(page.getByRole('main', { name: 'Messages in Cy' })).toBeVisible();
  await call(cy.context, 'contacts.respond', { userId: ana.id, accept: true });
});

test('members add each other as contacts only where the rule of their group lets them, and read why not', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Design', [bo, cy]);
  await bo.page.goto(`/c/${id}/details`);
  const offered = bo.page.getByRole('menuitem', { name: /Add to contacts/ });
  const openMenu = () => bo.page.getByTestId(`member-menu:${cy.id}`).click();
  await openMenu();
  await expect(offered).toBeEnabled();
  await bo.page.keyboard.press('Escape');
  await call(ana.context, 'groups.update', { conversationId: id, contactsBy: 'admins' });
  await openMenu();
  await expect(offered).toBeDisabled();
  await expect(offered).toContainText('Only the owner and admins can do this');
  await bo.page.keyboard.press('Escape');
  await ana.page.goto(`/c/${id}/details`);
  await ana.page.getByTestId(`member-menu:${cy.id}`).click();
  await ana.page.getByRole('menuitem', { name: /Add to contacts/ }).click();
  await ana.page.getByRole('button', { name: 'Send request' }).click();
  await expect(ana.page.getByRole('dialog')).toHaveCount(0);
});

test('in a chat that is muted except for mentions only they count', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await group(bo, 'Design', [ana]);
  const { page } = ana;
  await row(page, id).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Mute', exact: true }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Still notify of mentions' }).click();
  await page.getByRole('menuitem', { name: 'For 8 hours' }).click();
  await expect(row(page, id)).toHaveAttribute('data-muted', 'true');
  await say(bo, id, 'chatter');
  await expect(row(page, id).getByTestId('unread-pill')).toHaveText('1 unread');
  await expect(page).toHaveTitle('Nexo');
  const mentions = [{ userId: ana.id, name: 'Ana' }];
  await call(bo.context, 'messages.send', {
    conversationId: id,
    clientMessageId: crypto.randomUUID(),
    content: { type: 'text', text: '@Ana look', mentions },
  });
  await expect(row(page, id).getByTestId('mention-pill')).toBeVisible();
  await expect(page).toHaveTitle('(1) Nexo');
});

test('what somebody says whom one has blocked is folded in a group wherever it stands; alone with them nothing is answered', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Design', [bo, cy]);
  const withBo = await directChat(ana, bo);
  await say(bo, withBo, 'alone');
  await say(bo, id, 'loud words');
  await cy.page.goto(`/c/${id}`);
  await message(cy.page, 'loud words').locator('article').focus();
  await cy.page.keyboard.press('r');
  await write(cy.page, 'an answer');
  await expect(message(cy.page, 'an answer')).toHaveAttribute('data-state', 'sent');
  await say(bo, id, 'more of it');
  await call(ana.context, 'contacts.block', { userId: bo.id });
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(page.getByTestId('blocked-veil')).toHaveCount(2);
  await expect(row(page, id)).toContainText('Message from a blocked person');
  await expect(page.getByTestId('quote:2')).toContainText('Message from a blocked person');
  await expect(page.getByText('loud words')).toHaveCount(0);

  await page.goto(`/c/${withBo}`);
  await expect(page.getByTestId('cannot-write')).toContainText('You blocked Bo.');
  await message(page, 'alone').locator('article').focus();
  await page.keyboard.press('r');
  await expect(page.getByTestId('action-trouble:messages')).toContainText('You blocked Bo.');
});

test('the own name for a contact stands wherever they speak, also over their name in a group', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  await becomeContacts(ana, bo);
  const id = await group(ana, 'Design', [bo]);
  await call(bo.context, 'groups.updateMember', { conversationId: id, userId: bo.id, nickname: 'Boss' });
  await say(bo, id, 'hello');
  const { page } = ana;
  await page.goto(`/c/${id}/details`);
  await expect(message(page, 'hello')).toContainText('Boss');
  await call(ana.context, 'contacts.update', { userId: bo.id, remark: 'Bobby' });
  await expect(message(page, 'hello')).toContainText('Bobby');
  await expect(page.getByTestId(`member:${bo.id}`)).toContainText('Bobby');
});
