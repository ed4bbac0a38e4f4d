/** What this browser keeps for the next time. Some browsers refuse that, and then it is forgotten. */
export function recall(what: 'name' | 'language'): string | null {
  try {
    return window.localStorage.getItem(`partyline.${what}`);
  } catch {
    return null;
  }
}

export function keep(what: 'name' | 'language', value: string): void {
  try {
    window.localStorage.setItem(`partyline.${what}`, value);
  } catch {
    // Then it is asked for again.
  }
}
