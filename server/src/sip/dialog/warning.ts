/**
 * The value of a Warning header (RFC 3261 §20.43): `code agent "text"`. A text that begins with a three-digit code
 * keeps it; otherwise 399, miscellaneous.
 */
export function warningValue(text: string, agent = 'partyline'): string {
  const coded = /^3[0-9]{2} /.test(text);
  const code = coded ? text.slice(0, 3) : '399';
  const words = (coded ? text.slice(4) : text).replace(/["\\\r\n\0]/g, ' ');
  return `${code} ${agent} "${words}"`;
}
