import { isUtf8 } from 'node:buffer';
import { ANY, HEX, isIn } from './chars.ts';

/**
 * Undoes the `%XX` escapes of a URI component from `start` to `end` (RFC 3261 §19.1.2). The bytes are read as UTF-8;
 * where they are none, each byte above 127 becomes U+DC00 + byte, which `escapeUri` turns back into that byte.
 * Null when the component is empty, has a broken escape, or a character outside `classes` (`ANY`: whatever it is) and
 * not `extra`.
 */
export function unescapeUri(text: string, start: number, end: number, classes: number, extra = -1): string | null {
  if (start >= end) return null;
  let escaped = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x25) {
      if (i + 2 >= end || !isIn(text.charCodeAt(i + 1), HEX) || !isIn(text.charCodeAt(i + 2), HEX)) return null;
      escaped = true;
      i += 2;
    } else if (classes !== ANY && !isIn(code, classes) && code !== extra) return null;
  }
  return escaped ? decode(text, start, end) : text.slice(start, end);
}

function decode(text: string, start: number, end: number): string {
  const bytes = Buffer.from(text.slice(start, end), 'utf8');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x25) {
      bytes[length++] = Number.parseInt(bytes.toString('latin1', i + 1, i + 3), 16);
      i += 2;
    } else bytes[length++] = byte;
  }
  const plain = bytes.subarray(0, length);
  if (isUtf8(plain)) return plain.toString('utf8');
  let out = '';
  for (const byte of plain) out += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
  return out;
}

/** The component with everything outside `classes` escaped. */
export function escapeUri(text: string, classes: number): string {
  for (let i = 0; i < text.length; i++) {
    if (!isIn(text.charCodeAt(i), classes)) return encode(text, classes);
  }
  return text;
}

function encode(text: string, classes: number): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (isIn(code, classes)) out += character;
    else if (code >= 0xdc80 && code <= 0xdcff) out += hex(code - 0xdc00);
    else for (const byte of Buffer.from(character, 'utf8')) out += hex(byte);
  }
  return out;
}

function hex(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
}
