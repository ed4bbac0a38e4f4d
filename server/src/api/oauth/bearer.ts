/** The token of `Bearer <token>` (RFC 6750 §2.1), or null when this is something else. */
export function bearer(text: string | undefined): string | null {
  return text === undefined ? null : (/^bearer +(\S+)\s*$/i.exec(text)?.[1] ?? null);
}
