import { composer, directChat, expect, group, message, messages, row, say, test, unreadOf, write } from './world.ts';

test('U-14 what is written offline waits, survives a reload, and is sent once and in order', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(bo, id, 'before');
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await bo.page.goto(`/c/${id}`);
  await expect(message(page, 'before')).toBeVisible();

  // Connected for certain: what was seen has reached the server.
  await expect.poll(() => unreadOf(ana, id)).toBe(0);
  await ana.context.setOffline(true);
  await expect(page.getByTestId('connection-bar')).toHaveText('You’re offline. Messages will be sent when you’re back.');
  await expect(composer(page)).toHaveAttribute('placeholder', 'Message Bo (will send when online)');
  for (const text of ['one', 'two', 'three']) await write(page, text);
  for (const text of ['one', 'two', 'three']) {
    await expect(message(page, text)).toHaveAttribute('data-state', 'waiting');
    await expect(message(page, text)).toContainText('Waiting for network');
  }
  // The page itself comes from the server; its socket and calls stay cut until the outbox was shown again.
  await ana.context.setOffline(false);
  await ana.context.route('**/trpc/**', (route) => route.abort());
  await page.reload();
  for (const text of ['one', 'two', 'three']) await expect(message(page, text)).toBeVisible();
  await ana.context.unroute('**/trpc/**');

  for (const text of ['one', 'two', 'three']) {
    await expect(message(page, text)).toHaveAttribute('data-state', /sent|read/, { timeout: 30_000 });
  }
  await expect(messages(bo.page).locator('.msg-body')).toHaveText(['before', 'one', 'two', 'three']);
  await expect(page.getByTestId('connection-bar')).toBeEmpty();
});

test('U-14 what is sent in the very moment of a reload is not lost', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  const { page } = ana;
  await page.goto(`/c/${id}`);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('just in time');
  const loaded = page.waitForEvent('load');
  // Enter and the reload in one task: nothing was given time to be written.
  await page.evaluate(() => {
    const field = document.activeElement;
    field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    window.location.reload();
  });
  await loaded;
  await expect(message(page, 'just in time')).toHaveAttribute('data-state', /sent|read/);
  await bo.page.getByRole('link', { name: /Ana/ }).click();
  await expect(message(bo.page, 'just in time')).toHaveCount(1);
});

test('U-16 a waiting message can be taken back to be edited, or deleted', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, bo)}`);
  await expect(composer(page)).toBeFocused();
  await ana.context.setOffline(true);
  // What was on its way when the network went could have arrived; what is written from here on cannot.
  await expect(page.getByTestId('connection-bar')).toHaveAttribute('data-state', 'offline');
  await write(page, 'with a tpyo');
  await write(page, 'never mind');
  await expect(message(page, 'never mind')).toHaveAttribute('data-state', 'waiting');

  await message(page, 'never mind').getByRole('article').hover();
  await message(page, 'never mind').getByRole('button', { name: 'Delete' }).click();
  await expect(message(page, 'never mind')).toHaveCount(0);
  await message(page, 'with a tpyo').getByRole('article').hover();
  await message(page, 'with a tpyo').getByRole('button', { name: 'Edit' }).click();
  await expect(composer(page)).toHaveValue('with a tpyo');
  await write(page, 'without a typo');
  await ana.context.setOffline(false);
  await bo.page.getByRole('link', { name: /Ana/ }).click();
  await expect(message(bo.page, 'without a typo')).toBeVisible();
  await expect(messages(bo.page)).toHaveCount(1);
});

test('U-16 a message that is refused for good says why, is said aloud once, and can be deleted', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await group(ana, 'Short-lived', [bo]);
  const { page } = bo;
  await page.goto(`/c/${id}`);
  await expect(composer(page)).toBeFocused();
  const elsewhere = await world.again(bo);
  await bo.context.setOffline(true);
  await expect(page.getByTestId('connection-bar')).toHaveAttribute('data-state', 'offline');
  await write(page, 'too late');
  await elsewhere.page.goto(`/c/${id}/details`);
  await elsewhere.page.getByRole('button', { name: 'Leave group' }).click();
  await elsewhere.page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  await expect(elsewhere.page.getByTestId('cannot-write')).toBeVisible();

  await bo.context.setOffline(false);
  const failed = message(page, 'too late');
  await expect(failed).toHaveAttribute('data-state', 'failed', { timeout: 30_000 });
  await expect(failed).toContainText('Not sent: ');
  await expect(failed.getByRole('button', { name: 'Retry' })).toHaveCount(0);
  await expect(page.getByTestId('live-assertive')).toHaveText('Not sent');
  await expect(page.getByTestId('connection-bar')).toContainText('1 message not sent.');
  await failed.getByRole('button', { name: 'Delete' }).click();
  await expect(failed).toHaveCount(0);
  await expect(page.getByTestId('connection-bar')).toBeEmpty();
});

test('U-16 what the server failed on can be tried again, and goes out once however often one clicks', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  const { page } = ana;
  let broken = true;
  await page.routeWebSocket(/\/trpc/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const text = frame.toString();
      if (!broken || !text.includes('"messages.send"')) return server.send(frame);
      const nexo = { code: 'INTERNAL', retryable: true };
      const data = { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500, path: 'messages.send', nexo };
      for (const request of [JSON.parse(text)].flat() as { id: number }[]) {
        socket.send(JSON.stringify({ id: request.id, error: { message: 'Internal error', code: -32603, data } }));
      }
    });
  });
  // Waits between tries are drawn by lot; here the lot is always the shortest.
  await page.addInitScript(() => {
    let draws = 0;
    Math.random = () => ++draws * 1e-9;
  });
  await page.goto(`/c/${id}`);
  await write(page, 'stubborn');
  const failed = message(page, 'stubborn');
  await expect(failed).toHaveAttribute('data-state', 'failed');
  await expect(failed).toContainText('Not sent.');
  await expect(page.getByTestId('connection-bar')).toContainText('1 message not sent. Retry all');
  await expect(row(page, id)).toContainText('! Not sent');
  await page.reload();
  await expect(failed).toHaveAttribute('data-state', 'failed');
  broken = false;
  await failed.getByRole('button', { name: 'Retry' }).click({ clickCount: 3 });
  await expect(failed).toHaveAttribute('data-state', 'sent');
  await bo.page.getByRole('link', { name: /Ana/ }).click();
  await expect(message(bo.page, 'stubborn')).toHaveCount(1);
});
