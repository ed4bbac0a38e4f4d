type Kept = 'name' | 'language' | 'theme' | 'login';

/** What this browser keeps for the next time. Some browsers refuse that, and then it is forgotten. */
export function recall(what: Kept): string | null {
  try {
    return window.localStorage.getItem(`partyline.${what}`);
  } catch {
    return null;
  }
}

/** An empty value is forgotten. */
export function keep(what: Kept, value: string): void {
  try {
    if (value === '') window.localStorage.removeItem(`partyline.${what}`);
    else window.localStorage.setItem(`partyline.${what}`, value);
  } catch {
    // Then it is asked for again.
  }
}
