import { isUtf8 } from 'node:buffer';
import { Secret } from '../base/secret.ts';

const longestHeader = 1024;

/** What somebody presents to log in with. */
export interface BasicCredentials {
  readonly login: string;
  readonly password: Secret;
}

/**
 * Of the header `Authorization: Basic …` (RFC 7617 §2); null when this is something else. In UTF-8; what is none is
 * read as ISO 8859-1, in which pages write it that use `btoa`.
 */
export function basicCredentials(header: string | undefined): BasicCredentials | null {
  if (header === undefined || header.length > longestHeader || !/^basic /i.test(header)) return null;
  const bytes = Buffer.from(header.slice(6).trim(), 'base64');
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { login: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) };
}
