import { composer, expect, message, test, write } from './world.ts';

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
