import { create } from 'zustand';
import { useUi } from '../shell/ui-store.ts';

/** Whom the open layer is about; null: nobody yet. */
export const usePersonLayer = create<{ userId: string | null }>()(() => ({ userId: null }));

/** Shows who somebody is, and what can be done about them. */
export function showPerson(userId: string): void {
  usePersonLayer.setState({ userId });
  useUi.getState().open('person');
}

/** Asks this person to become a contact; without one, lets find somebody first. */
export function askToAddContact(userId: string | null = null): void {
  usePersonLayer.setState({ userId });
  useUi.getState().open('addContact');
}
