const key = 'nexo.sessionEnded';

/** This tab was told that its session has ended: the login page need not ask the engine, which would show what it has stored. */
export function rememberEnded(): void {
  try {
    sessionStorage.setItem(key, '1');
  } catch {
    // Then the login page takes a moment longer to find out.
  }
}

/** Whether that happened in this tab; asking forgets it. */
export function takeEnded(): boolean {
  try {
    const ended = sessionStorage.getItem(key) !== null;
    sessionStorage.removeItem(key);
    return ended;
  } catch {
    return false;
  }
}
