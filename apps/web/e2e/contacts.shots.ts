import type { Page } from '@playwright/test';
import { becomeContacts, call, directChat, expect, say, test } from './world.ts';

const folder = process.env.NEXO_SHOTS ?? 'shots';
const shoot = (page: Page, name: string) => page.screenshot({ path: `${folder}/contacts-${name}.png` });

for (const scheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of [
    ['wide', { width: 1440, height: 900 }],
    ['phone', { width: 390, height: 844 }],
  ] as const) {
    test(`contacts ${scheme} ${size}`, async ({ world }) => {
      const ana = await world.person('Ana Keller', { colorScheme: scheme, viewport });
      const others = [];
      for (const name of ['Bo Lindqvist', 'Cem Yıldız', 'Dora', 'Émile Zola', 'Finn']) others.push(await world.person(name));
      const [bo, cem, dora, emile, finn] = others as [typeof ana, typeof ana, typeof ana, typeof ana, typeof ana];
      await becomeContacts(ana, bo);
      await becomeContacts(ana, cem);
      await call(ana.context, 'contacts.update', { userId: cem.id, pinned: true, remark: 'Cem from the climbing hall' });
      await call(dora.context, 'contacts.request', {
        userId: ana.id,
        message: 'We met at the conference in Lyon, I was the one with the red bag.',
      });
      await call(ana.context, 'contacts.request', { userId: emile.id });
      await call(ana.context, 'contacts.block', { userId: finn.id });
      const id = await directChat(ana, cem);
      await say(ana, id, 'hello');
      const blocked = await directChat(ana, finn);
      await ana.page.goto('/contacts');
      await expect(ana.page.getByRole('region', { name: 'Your contacts' })).toContainText('Bo');
      await shoot(ana.page, `page-${scheme}-${size}`);
      await ana.page.getByRole('button', { name: 'More for Bo Lindqvist' }).click();
      await expect(ana.page.getByRole('menuitem', { name: 'Pin to the top' })).toBeVisible();
      await shoot(ana.page, `menu-${scheme}-${size}`);
      await ana.page.keyboard.press('Escape');
      await ana.page.getByRole('button', { name: 'Add', exact: true }).click();
      await ana.page.getByRole('combobox').fill(dora.id);
      await ana.page.getByRole('option').first().click();
      await shoot(ana.page, `add-${scheme}-${size}`);
      await ana.page.goto(`/c/${id}/details`);
      await expect(ana.page.getByRole('button', { name: 'Remove contact' })).toBeVisible();
      await shoot(ana.page, `panel-${scheme}-${size}`);
      await ana.page.goto(`/c/${blocked}`);
      await expect(ana.page.getByTestId('cannot-write')).toBeVisible();
      await shoot(ana.page, `blocked-${scheme}-${size}`);
      await ana.page.goto('/settings');
      await ana.page.getByRole('group', { name: /write to you/ }).scrollIntoViewIfNeeded();
      await shoot(ana.page, `settings-${scheme}-${size}`);
    });
  }
}
