import { composer, directChat, expect, freshId, message, row, say, test, write } from './world.ts';

test('signing up, a reload, signing out and in again', async ({ browser, world }) => {
  const other = await world.person('Other');
  const context = await browser.newContext({ baseURL: new URL(other.page.url()).origin, locale: 'en-GB' });
  const page = await context.newPage();
  const id = freshId('ada');
  await page.goto('/settings');
  await expect(page).toHaveURL('/sign-in?next=%2Fsettings');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('User name').fill(other.id);
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/sign-up/);
  await page.getByLabel('Password').fill('a quite good sentence');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('This user name is taken. Choose another.')).toBeVisible();
  await page.getByLabel('User name').fill(id);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByText(`@${id}`)).toBeVisible();

  await page.goto('/');
  await expect(page.getByText('Welcome, Ada. Say hello to someone.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('Welcome, Ada. Say hello to someone.')).toBeVisible();

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/sign-in');
  await page.getByLabel('User name').fill(id);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'User name and password do not belong together.' })).toBeVisible();
  await page.getByLabel('Password').fill('a quite good sentence');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Welcome, Ada. Say hello to someone.')).toBeVisible();
  await context.close();
});

test('the login page never flashes for who is signed in', async ({ world }) => {
  const ana = await world.person('Ana');
  const { page } = ana;
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector('form[aria-label="Sign in"]') !== null) sessionStorage.setItem('flashed', '1');
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await expect(page.getByTestId('shell')).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.getItem('flashed'))).toBeNull();
});

test('S15 a session that is ended elsewhere says so, covers the chat, and keeps what was begun', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const laptop = await world.again(ana);
  await laptop.page.goto(`/c/${await directChat(ana, bo)}`);
  await expect(composer(laptop.page)).toBeFocused();
  await laptop.page.keyboard.type('just begun');
  await ana.page.goto('/settings');
  await expect(ana.page.getByTestId('sessions').getByRole('listitem')).toHaveCount(2);
  await ana.page
    .getByTestId('sessions')
    .getByRole('button', { name: /Sign out/ })
    .click();
  const dialog = ana.page.getByRole('dialog', { name: /^Sign out .+\?$/ });
  await expect(dialog.getByLabel('Your password')).toBeFocused();
  await dialog.getByLabel('Your password').fill(ana.password);
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(ana.page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
  await expect(laptop.page.getByTestId('signed-out')).toContainText('You were signed out on another device.');
  // Nothing of the chat opens over it by a key.
  await laptop.page.keyboard.press('Control+k');
  await laptop.page.keyboard.press('Tab');
  await expect(laptop.page.getByRole('link', { name: 'Skip to the composer' })).toHaveCount(0);
  await expect(laptop.page.getByRole('dialog')).toHaveCount(0);
  await laptop.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(laptop.page).toHaveURL(/\/sign-in\?next=%2Fc%2F/);
  await laptop.page.getByLabel('User name').fill(ana.id);
  await laptop.page.getByLabel('Password').fill(ana.password);
  await laptop.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(laptop.page).toHaveURL(/\/c\//);
  await expect(composer(laptop.page)).toHaveValue('just begun');
});

test('S15 signing others out asks for the password: by keyboard alone, a wrong one is told, and leaving ends nothing', async ({
  world,
}) => {
  const ana = await world.person('Ana');
  const laptop = await world.again(ana);
  await world.again(ana);
  const { page } = ana;
  await page.goto('/settings');
  const rows = page.getByTestId('sessions').getByRole('listitem');
  await expect(rows).toHaveCount(3);
  const others = page.getByRole('button', { name: 'Sign out all others' });
  await others.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Sign out all others?' });
  await expect(dialog.getByLabel('Your password')).toBeFocused();
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('This is not your password.')).toBeVisible();
  await expect(dialog.getByLabel('Your password')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(others).toBeFocused();
  await expect(rows).toHaveCount(3);
  await expect(laptop.page.getByTestId('signed-out')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Your password')).toBeFocused();
  await page.keyboard.type(ana.password);
  await page.keyboard.press('Enter');
  await expect(page.getByText('2 sessions were signed out.')).toBeVisible();
  await expect(rows).toHaveCount(1);
  await expect(laptop.page.getByTestId('signed-out')).toBeVisible();
});

test('W2 no address that the page asks for bears a token, that of its socket neither', async ({ world, browser }) => {
  const ana = await world.person('Ana');
  const context = await browser.newContext({ baseURL: new URL(ana.page.url()).origin, locale: 'en-GB' });
  const page = await context.newPage();
  const addresses: string[] = [];
  const sockets: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.goto('/sign-in');
  await page.getByLabel('User name').fill(ana.id);
  await page.getByLabel('Password').fill(ana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByTestId('shell')).toBeVisible();
  await expect.poll(() => sockets.filter((address) => address.includes('/trpc')).length).toBe(1);
  await page.reload();
  await expect(page.getByTestId('shell')).toBeVisible();
  await expect.poll(() => sockets.filter((address) => address.includes('/trpc')).length).toBe(2);
  for (const address of sockets) expect(new URL(address).search).toBe('');
  const secrets = (await context.cookies()).filter(({ name }) => name.includes('nexo_')).map(({ value }) => value);
  expect(secrets).toHaveLength(2);
  const said = [...addresses, ...sockets, page.url()].join('\n');
  for (const secret of [...secrets, ana.password, 'nxa_', 'nxr_']) expect(said).not.toContain(secret);
  await context.close();
});

test('S16 changing the password signs every other session out', async ({ world }) => {
  const ana = await world.person('Ana');
  const laptop = await world.again(ana);
  const { page } = ana;
  await page.goto('/settings');
  await page.getByLabel('Password now').fill('wrong');
  await page.getByLabel('New password').fill('an even better sentence');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await page.getByLabel('Password now').fill(ana.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Changed. Every other session was signed out.')).toBeVisible();
  await expect(laptop.page.getByTestId('signed-out')).toBeVisible();
});

test('signing out asks when something was not sent', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { page } = ana;
  await page.goto(`/c/${await directChat(ana, bo)}`);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(composer(page)).toBeFocused();
  await ana.context.setOffline(true);
  await write(page, 'unsent');
  await expect(message(page, 'unsent')).toHaveAttribute('data-state', 'waiting');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('sign out');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('You have 1 message not sent yet in this browser. Signing out deletes it.');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await expect(message(page, 'unsent')).toBeVisible();
});

test('signing out forgets what was begun: who signs in next in this browser finds nothing of it', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const id = await directChat(ana, bo);
  await say(ana, id, 'for Bo');
  const { page } = ana;
  await page.goto(`/c/${id}`);
  // A draft that is too long for the other devices is in this browser alone.
  await composer(page).fill('for nobody else '.repeat(400));
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('sign out');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('You have 1 draft in this browser. Signing out deletes it.');
  await dialog.getByRole('button', { name: 'Sign out and delete' }).click();
  await expect(page).toHaveURL('/sign-in');
  const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
  expect(kept).not.toContain('for nobody else');

  await page.getByLabel('User name').fill(bo.id);
  await page.getByLabel('Password').fill(bo.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await row(page, id).click();
  await expect(composer(page)).toHaveAttribute('placeholder', 'Message Ana');
  await expect(composer(page)).toHaveValue('');
});

test('the profile can be changed, and others see it', async ({ world }) => {
  const ana = await world.person('Ana');
  const bo = await world.person('Bo');
  const { page } = ana;
  await page.goto('/settings');
  await page.getByLabel('Name', { exact: true }).fill('Ana Ruiz');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await bo.page.getByTestId('new-chat').click();
  await bo.page.getByRole('combobox').fill(ana.id);
  await expect(bo.page.getByRole('option', { name: /Ana Ruiz/ })).toBeVisible();
});
