import type { BrowserContextOptions, Page } from '@playwright/test';
import { call, composer, directChat, expect, group, message, messages, type Person, row, say, test, write } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? '/tmp/shots';
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const dark: BrowserContextOptions = { colorScheme: 'dark' };

/** Each story is played by people at unlike devices, and every step is a picture of each of their screens. */
function camera(story: string, people: Record<string, Person>) {
  let step = 0;
  return async (what: string, ...who: string[]) => {
    step += 1;
    for (const name of who.length === 0 ? Object.keys(people) : who) {
      const page = people[name]?.page;
      if (page === undefined) throw new Error(`nobody is called ${name}`);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${folder}/${story}-${String(step).padStart(2, '0')}-${what}-${name}.png` });
    }
  };
}

const panel = (page: Page) => page.getByTestId('side-panel');

async function menuByTouch(page: Page, text: string) {
  const box = await message(page, text).locator('.msg-body').boundingBox();
  const at = { x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5 };
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await expect(page.getByRole('menu')).toBeVisible();
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  return page.getByRole('menu');
}

async function menuByMouse(page: Page, text: string) {
  await message(page, text).locator('.msg-body').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  return page.getByRole('menu');
}

test('a contact is asked for and accepted', async ({ world }) => {
  const ana = await world.person('Ana Whitfield');
  const bo = await world.person('Bo Nilsson', { ...phone, ...dark });
  const shoot = camera('contact', { ana, bo });
  await ana.page
    .getByRole('navigation', { name: 'Spaces' })
    .getByRole('button', { name: /^Contacts/ })
    .click();
  await shoot('empty', 'ana');
  await ana.page.getByRole('button', { name: 'Add', exact: true }).click();
  await ana.page.getByRole('combobox', { name: 'Find a person' }).fill(bo.id);
  await expect(ana.page.getByRole('option', { name: bo.id })).toBeVisible();
  await shoot('find', 'ana');
  await ana.page.getByRole('option', { name: bo.id }).click();
  await ana.page.getByRole('textbox', { name: /Message/ }).fill('We met at the course in Lund');
  await shoot('word', 'ana');
  await ana.page.getByRole('button', { name: 'Send request' }).click();
  await expect(ana.page.getByRole('region', { name: 'Waiting for an answer' })).toContainText('Bo');
  await shoot('sent');
  await bo.page.goto('/contacts');
  await expect(bo.page.getByText('We met at the course')).toBeVisible();
  await shoot('asked', 'bo');
  await bo.page.getByRole('button', { name: 'Accept Ana Whitfield' }).tap();
  await expect(ana.page.getByRole('region', { name: 'Your contacts' })).toContainText('Bo');
  await shoot('accepted');
});

test('a group from its making to its end, with three people', async ({ world }) => {
  test.setTimeout(240_000);
  const ana = await world.person('Ana Whitfield');
  const bo = await world.person('Bo Nilsson', { ...phone, ...dark });
  const cy = await world.person('Cyrus Haddad', dark);
  const dee = await world.person('Dee Okafor', phone);
  const shoot = camera('group', { ana, bo, cy, dee });
  await ana.page.keyboard.press('Control+k');
  await shoot('switcher', 'ana');
  await ana.page.keyboard.press('Escape');
  await ana.page
    .getByRole('button', { name: /New (chat|group|message)|Start/ })
    .first()
    .click();
  await shoot('new', 'ana');
  await ana.page.keyboard.press('Escape');
  const id = await group(ana, 'Design', [bo, cy]);
  for (const { page } of [ana, bo, cy]) await page.goto(`/c/${id}`);
  await write(ana.page, 'Welcome, both of you. **Icons first**, then the rest.');
  await write(cy.page, 'I have three sketches:\n- round\n- square\n- `none`');
  await write(bo.page, 'Nice');
  await expect(message(ana.page, 'Nice')).toBeVisible();
  await shoot('said', 'ana', 'bo', 'cy');
  await ana.page.goto(`/c/${id}/details`);
  await bo.page.goto(`/c/${id}/details`);
  await shoot('panel', 'ana', 'bo');
  await panel(ana.page).getByRole('button', { name: 'Edit group' }).click();
  await panel(ana.page).getByLabel('Name', { exact: true }).fill('Drawing');
  await panel(ana.page)
    .getByLabel('Announcement')
    .fill('We meet on Tuesdays at eight, in the small room on the third floor. Bring your sketches.');
  await shoot('edit', 'ana');
  await panel(ana.page).getByRole('button', { name: 'Save' }).click();
  await expect(cy.page.locator('.msg-notice', { hasText: 'We meet on Tuesdays' })).toBeVisible();
  await bo.page.goto(`/c/${id}`);
  await shoot('announcement', 'bo', 'cy');
  await panel(ana.page).getByRole('button', { name: 'New link' }).click();
  await panel(ana.page).getByLabel('An admin lets each of them in').check();
  await shoot('link', 'ana');
  await panel(ana.page).getByRole('button', { name: 'Make link' }).click();
  const address = await ana.page.getByTestId('group-link').locator('p').first().innerText();
  await dee.page.goto(new URL(address).pathname);
  await expect(dee.page.getByTestId('join-group')).toBeVisible();
  await dee.page.getByLabel('What the admins should know').fill('Dee, from the print shop');
  await shoot('join', 'dee');
  await dee.page.getByRole('button', { name: 'Ask to join' }).tap();
  await expect(dee.page.getByText('You have asked to join.')).toBeVisible();
  await expect(ana.page.getByTestId('group-requests')).toBeVisible();
  await shoot('asked', 'ana', 'dee');
  await ana.page.getByRole('button', { name: 'Let Dee Okafor in' }).click();
  await dee.page.waitForTimeout(1500);
  await shoot('in', 'dee');
  await dee.page.goto(`/c/${id}`);
  await write(dee.page, 'What did I miss?');
  await expect(message(cy.page, 'What did I miss?')).toBeVisible();
  await shoot('joined', 'cy', 'dee');
  await ana.page.getByTestId(`member-menu:${bo.id}`).click();
  await shoot('member-menu', 'ana');
  await ana.page.getByRole('menuitem', { name: 'Make an admin' }).click();
  await ana.page.getByTestId(`member-menu:${cy.id}`).click();
  await ana.page.getByRole('menuitem', { name: 'Mute for an hour' }).click();
  await expect(cy.page.getByTestId('cannot-write')).toBeVisible();
  await shoot('muted', 'ana', 'bo', 'cy');
  await ana.page.getByTestId(`member-menu:${cy.id}`).click();
  await ana.page.getByRole('menuitem', { name: 'Let them write again' }).click();
  await expect(composer(cy.page)).toBeVisible();
  // Mention by completion.
  await composer(cy.page).click();
  await cy.page.keyboard.type('Look, @d');
  await cy.page.waitForTimeout(400);
  await shoot('completion', 'cy');
  await cy.page.keyboard.press('Enter');
  await cy.page.keyboard.type('here it is');
  await cy.page.keyboard.press('Enter');
  await dee.page.goto('/');
  await shoot('mentioned', 'cy', 'dee');
  await ana.page.getByTestId(`member-menu:${dee.id}`).click();
  await ana.page.getByRole('menuitem', { name: /Remove from the group/ }).click();
  await shoot('remove', 'ana');
  await ana.page.getByRole('alertdialog').getByRole('button').last().click();
  await dee.page.goto(`/c/${id}`);
  await shoot('removed', 'ana', 'dee');
  await panel(ana.page).evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await shoot('panel-end', 'ana');
  await panel(ana.page)
    .getByRole('button', { name: /Dismiss/ })
    .click();
  await shoot('dismiss', 'ana');
  await ana.page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Dismiss/ })
    .click();
  await expect(cy.page.getByTestId('cannot-write')).toBeVisible();
  await shoot('dismissed', 'ana', 'bo', 'cy');
});

test('the life of a message', async ({ world }) => {
  test.setTimeout(240_000);
  const ana = await world.person('Ana Whitfield');
  const bo = await world.person('Bo Nilsson', { ...phone, ...dark });
  const cy = await world.person('Cyrus Haddad', dark);
  const dee = await world.person('Dee Okafor', phone);
  const shoot = camera('message', { ana, bo, cy, dee });
  const id = await group(ana, 'Design', [bo, cy, dee]);
  const aside = await directChat(ana, cy);
  await say(ana, aside, 'Between us');
  await say(bo, id, 'Morning!', 'The new icons are in the shared folder, as of last nigth.');
  await say(cy, id, 'They look great. Who drew the round ones?');
  await say(dee, id, 'I did.');
  for (const { page } of [ana, bo, cy, dee]) {
    await page.goto(`/c/${id}`);
    await expect(message(page, 'I did.')).toBeVisible();
  }
  const edit = await menuByTouch(bo.page, 'as of last');
  await shoot('touch-menu', 'bo');
  await edit.getByRole('menuitem', { name: 'Edit', exact: true }).tap();
  await shoot('edit', 'bo');
  await composer(bo.page).fill('The new icons are in the shared folder, as of last night.');
  await bo.page.getByTestId('send').tap();
  await expect(message(ana.page, 'last night')).toBeVisible();
  await message(ana.page, 'last night').getByRole('button', { name: 'edited' }).click();
  await shoot('history', 'ana', 'cy');
  await ana.page.keyboard.press('Escape');
  await message(ana.page, 'They look great').locator('.msg-body').hover();
  await shoot('hover', 'ana');
  await message(ana.page, 'They look great').getByRole('button', { name: 'Reply' }).click();
  await shoot('reply', 'ana');
  await write(ana.page, 'Dee did, as she says');
  const react = await menuByTouch(dee.page, 'Dee did');
  await shoot('touch-menu', 'dee');
  await react.getByRole('menuitem', { name: 'React with 👍' }).tap();
  await (await menuByTouch(bo.page, 'Dee did')).getByRole('menuitem', { name: 'More reactions' }).tap();
  await shoot('picker', 'bo');
  await bo.page.keyboard.press('Escape');
  await expect(message(ana.page, 'Dee did').locator('[data-emoji="👍"]')).toBeVisible();
  await (await menuByMouse(cy.page, 'Dee did')).getByRole('menuitem', { name: 'Forward' }).click();
  await shoot('forward', 'cy');
  await cy.page.getByRole('dialog').getByText('Ana Whitfield').click();
  await shoot('forward-chosen', 'cy');
  await cy.page
    .getByRole('dialog')
    .getByRole('button', { name: /^Forward/ })
    .click();
  await (await menuByMouse(ana.page, 'last night')).getByRole('menuitem', { name: 'Pin', exact: true }).click();
  await expect(dee.page.getByTestId('pinned-bar')).toBeVisible();
  await shoot('pinned');
  await (await menuByMouse(ana.page, 'Dee did')).getByRole('menuitem', { name: 'Delete…' }).click();
  await shoot('delete', 'ana');
  await ana.page.getByRole('button', { name: 'Delete for everyone' }).click();
  await expect(ana.page.getByText('You deleted this message')).toBeVisible();
  await shoot('deleted');
  await ana.page.goto(`/c/${aside}`);
  await expect(messages(ana.page)).toHaveCount(2);
  await shoot('forwarded', 'ana');
  await message(dee.page, 'I did.').locator('article').focus();
  await dee.page.keyboard.press('i');
  await expect(dee.page.getByText(/Read by/)).toBeVisible();
  await shoot('details', 'dee');
});

test('a message that disappears', async ({ world }) => {
  const ana = await world.person('Ana Whitfield');
  const bo = await world.person('Bo Nilsson', { ...phone, ...dark });
  const shoot = camera('disappearing', { ana, bo });
  const id = await directChat(ana, bo);
  await ana.page.goto(`/c/${id}`);
  await ana.page.getByRole('button', { name: 'Show details' }).click();
  await ana.page.getByLabel('After they are read').selectOption('5000');
  await write(ana.page, 'burn after reading');
  await expect(message(ana.page, 'burn').getByTestId('life-mark')).toBeVisible();
  await expect(row(bo.page, id)).toBeVisible();
  await shoot('written');
  await bo.page.goto(`/c/${id}`);
  await expect(message(bo.page, 'burn')).toBeVisible();
  await shoot('read');
  await expect(message(bo.page, 'burn')).toBeHidden({ timeout: 15_000 });
  await expect(message(ana.page, 'burn')).toBeHidden();
  await shoot('gone');
});

test('a login takes the place of another', async ({ world }) => {
  const ana = await world.person('Ana Whitfield');
  const bo = await world.person('Bo Nilsson');
  const id = await directChat(ana, bo);
  await say(bo, id, 'Where are you?');
  await ana.page.goto(`/c/${id}`);
  const handy = await world.again(ana, { ...phone, ...dark });
  const shoot = camera('replaced', { ana, handy });
  if (process.env.MULTI_LOGIN === undefined) return;
  await expect(ana.page.getByTestId('signed-out')).toBeVisible();
  await shoot('replaced');
  await call(handy.context, 'auth.logout', {});
});
