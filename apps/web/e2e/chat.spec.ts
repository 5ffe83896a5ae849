import { call, composer, directChat, expect, group, message, messages, row, say, test, write } from './world.ts';

test('two people find each other and talk, each sees the other at once', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');

  await ana.page.getByTestId('new-chat').click();
  await ana.page.getByRole('combobox', { name: 'Find a person' }).fill(bo.id);
  await ana.page.getByRole('option', { name: `Bo @${bo.id}` }).click();
  await expect(ana.page.getByText('You and Bo haven’t talked yet.')).toBeVisible();

  await write(ana.page, 'Hello Bo');
  await expect(message(ana.page, 'Hello Bo')).toHaveAttribute('data-state', 'sent');
  await expect(composer(ana.page)).toHaveValue('');
  await expect(composer(ana.page)).toBeFocused();

  await bo.page.getByRole('link', { name: /Ana/ }).click();
  await expect(message(bo.page, 'Hello Bo')).toBeVisible();
  await expect(message(ana.page, 'Hello Bo')).toHaveAttribute('data-state', 'read');

  await composer(bo.page).pressSequentially('Hi');
  await expect(ana.page.getByTestId('typing-row')).toHaveText('Bo is typing…');
  await composer(bo.page).press('Enter');
  await expect(message(ana.page, 'Hi')).toBeVisible();
});

test('three people talk in a group, and leaving ends it for who left', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');

  await ana.page.getByTestId('new-chat').click();
  await ana.page.getByRole('option', { name: 'New group' }).click();
  await ana.page.getByLabel('Name of the group').fill('Design');
  for (const person of [bo, cy]) {
    await ana.page.getByRole('combobox', { name: 'Add people' }).fill(person.id);
    await ana.page.getByRole('option', { name: new RegExp(person.id) }).click();
  }
  await ana.page.getByRole('button', { name: 'Create group' }).click();
  await expect(ana.page.getByTestId('status-line')).toHaveText('3 members');

  for (const person of [bo, cy]) await person.page.getByRole('link', { name: /Design/ }).click();
  await write(ana.page, 'Welcome');
  await write(bo.page, 'Thanks');
  await write(cy.page, 'Hello all');
  for (const person of [ana, bo, cy]) {
    for (const text of ['Welcome', 'Thanks', 'Hello all']) await expect(message(person.page, text)).toHaveCount(1);
  }
  const order = await messages(ana.page).allInnerTexts();
  for (const person of [bo, cy]) {
    await expect(async () => expect((await messages(person.page).allInnerTexts()).length).toBe(order.length)).toPass();
    const seqs = await messages(person.page).evaluateAll((rows) => rows.map((r) => Number((r as HTMLElement).dataset.seq)));
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  }

  await cy.page.getByRole('button', { name: 'Show details' }).click();
  await cy.page.getByRole('button', { name: 'Leave group' }).click();
  await cy.page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  await expect(cy.page.getByTestId('cannot-write')).toBeVisible();
  await expect(cy.page.getByTestId('side-panel')).toContainText('Design2 members');
  await expect(cy.page.getByTestId('members')).toHaveCount(0);
  await expect(cy.page.getByRole('button', { name: 'Leave group' })).toHaveCount(0);
  await expect(ana.page.getByTestId('status-line')).toHaveText('2 members');
  await write(ana.page, 'Cy must not see this');
  await expect(message(bo.page, 'Cy must not see this')).toBeVisible();
  await expect(message(cy.page, 'Cy must not see this')).toHaveCount(0);
  // Nor later: what the server gives anew holds no more than what is there.
  await cy.page.reload();
  await expect(message(cy.page, 'Hello all')).toBeVisible();
  await expect(message(cy.page, 'Cy must not see this')).toHaveCount(0);
});

test('U-13 a pending message becomes the sent one in the same node, without changing its height', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, bo)}`);
  await expect(composer(page)).toBeFocused();
  await ana.context.setOffline(true);
  await write(page, 'the same node');
  const pending = message(page, 'the same node');
  await expect(pending).toHaveAttribute('data-pending', 'true');
  const node = await pending.elementHandle();
  const height = await pending.evaluate((element) => element.getBoundingClientRect().height);
  await ana.context.setOffline(false);
  await expect(pending).toHaveAttribute('data-state', 'sent');
  expect(await node?.evaluate((element) => element.isConnected && (element as HTMLElement).dataset.state)).toBe('sent');
  expect(await pending.evaluate((element) => element.getBoundingClientRect().height)).toBe(height);
});

test('a reply quotes its message, and a click on the quote goes there', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'the question', ...Array.from({ length: 60 }, (_, i) => `filler ${i}`));
  const { page } = bo;
  await page.goto(`/c/${id}`);
  await expect(message(page, 'filler 59')).toBeVisible();
  await page.keyboard.press('Shift+PageUp');
  const question = message(page, 'the question');
  await question.getByRole('article').hover();
  await question.getByRole('button', { name: 'Reply' }).click();
  await expect(page.getByTestId('reply-bar')).toContainText('the question');
  await write(page, 'the answer');
  const answer = message(page, 'the answer');
  await expect(answer).toBeInViewport();
  await expect(answer).toHaveAttribute('data-state', /sent|read/);
  await answer.getByTestId('quote:1').click();
  await expect(question).toBeInViewport();
  await expect(question).toHaveAttribute('data-highlight', 'true');
  // The first press leads back to where the jump began.
  await page.getByTestId('jump-to-newest').click();
  await expect(answer).toBeInViewport();
});

test('addresses are links, everything else is text (W11)', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, ana)}`);
  await write(page, '<img src=x onerror="document.title=1"> javascript:alert(1) https://nexo.example/a');
  const sent = message(page, '<img src=x');
  await expect(sent.getByRole('link')).toHaveCount(1);
  await expect(sent.getByRole('link')).toHaveAttribute('href', 'https://nexo.example/a');
  await expect(sent.getByRole('link')).toHaveAttribute('rel', /noopener/);
  await expect(sent.locator('img')).toHaveCount(0);
});

test('the composer keeps Shift+Enter as a new line, counts near the limit and refuses what is over it', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, ana)}`);
  await composer(page).pressSequentially('one');
  await composer(page).press('Shift+Enter');
  await composer(page).pressSequentially('two');
  await expect(composer(page)).toHaveValue('one\ntwo');
  await composer(page).press('Enter');
  await expect(message(page, 'one')).toContainText('two');

  await composer(page).fill('é'.repeat(7600));
  await expect(page.getByTestId('composer-size')).toHaveText('1,184 bytes left');
  await composer(page).fill('é'.repeat(8200));
  await expect(page.getByTestId('composer-size')).toContainText('Too long by 16 bytes');
  await expect(page.getByTestId('send')).toBeDisabled();
  await composer(page).press('Enter');
  await expect(composer(page)).not.toHaveValue('');
});

test('U-17 Enter during IME composition does not send', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, ana)}`);
  await composer(page).focus();
  const devtools = await ana.context.newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await page.keyboard.press('Enter');
  await expect(messages(page)).toHaveCount(0);
  await devtools.send('Input.insertText', { text: '日本' });
  await expect(composer(page)).toHaveValue(/日本/);
  await page.keyboard.press('Enter');
  await expect(message(page, '日本')).toHaveCount(1);
  // Had the first Enter sent anything, it would stand here too.
  await expect(messages(page)).toHaveCount(1);
});

test('U-21 what was begun stays: per conversation, over switching and a reload, and in the list', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const [withBo, withCy] = [await directChat(ana, bo), await directChat(ana, cy)];
  const { page } = ana;
  await page.goto(`/c/${withBo}`);
  await composer(page).pressSequentially('dear Bo');
  await row(page, withCy).click();
  await expect(composer(page)).toHaveValue('');
  await expect(row(page, withBo)).toContainText('Draft: dear Bo');
  await page.reload();
  await row(page, withBo).click();
  await expect(composer(page)).toHaveValue('dear Bo');
});

test('who is not a member is told that there is nothing, not that it exists (A2)', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const cy = await world.person('Cy');
  const id = await group(ana, 'Secret', [bo]);
  await cy.page.goto(`/c/${id}`);
  await expect(cy.page.getByText('This conversation no longer exists or you don’t have access.')).toBeVisible();
  await cy.page.getByRole('button', { name: 'Back to chats' }).click();
  await expect(cy.page).toHaveURL('/');
  await expect(call(cy.context, 'messages.list', { conversationId: id }, 'query')).rejects.toThrow();
});
