import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../base/app-error.ts';

/**
 * The text of a body: in the charset that its type names, else UTF-8, as JSON has to be (RFC 8259 §8.1), else Latin-1,
 * as some clients write it without a word (Windows PowerShell does). Throws AppError with 415 for a body that is
 * compressed (RFC 9110 §8.4): none of ours is large enough to be.
 */
export function bodyText(headers: IncomingHttpHeaders, bytes: Buffer): string {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding !== '' && coding !== 'identity' && bytes.length > 0) {
    const words = 'The body of the request is compressed (Content-Encoding), which is not understood here.';
    throw new AppError('invalidArgument', words, {}, 415);
  }
  const charset = marked(bytes) ?? named(headers['content-type']);
  if (charset !== null && charset !== 'utf-8') return new TextDecoder(charset).decode(bytes);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** By a byte order mark. UTF-8 has one as well, which is left to whoever reads the text. */
function marked(bytes: Buffer): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

/** By its usual name; null for none, and for one that nobody knows. */
function named(contentType = ''): string | null {
  const name = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  if (name === undefined) return null;
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return null;
  }
}
