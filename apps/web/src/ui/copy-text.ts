import { announce } from './live-regions.tsx';

/** Puts a text on the clipboard and says so, or says that it could not: pages without https have no clipboard. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce('Copied');
  } catch {
    announce('This browser did not allow to copy');
  }
}
