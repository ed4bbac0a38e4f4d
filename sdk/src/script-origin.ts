/** Of an address that can be asked; null: of none. */
export function originOf(url: string | undefined): string | null {
  if (url === undefined) return null;
  try {
    const { origin, protocol } = new URL(url);
    return /^https?:$/.test(protocol) ? origin : null;
  } catch {
    return null;
  }
}

/** The server that this file came from. */
export const scriptOrigin: string | null = originOf(
  (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src,
);
