import { headerKey } from '../header-names.ts';

/** For tests: text with plain line ends as it goes on the wire, CR LF for each; what stands above 127 is UTF-8. */
export function wire(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'utf8');
}

/**
 * For tests: a message from its start line and its header lines, with the mandatory headers that are not among them.
 */
export function message(startLine: string, lines: readonly string[], body = ''): Buffer {
  const method = startLine.startsWith('SIP/') ? 'OPTIONS' : startLine.slice(0, startLine.indexOf(' '));
  const usual: [string, string][] = [
    ['Via', 'SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw'],
    ['From', '<sip:caller@example.net>;tag=242etr'],
    ['To', '<sip:user@example.com>'],
    ['Call-ID', 'unit.0ha0isndaksdj'],
    ['CSeq', `8 ${method}`],
  ];
  const given = new Set(lines.map((line) => headerKey(line.slice(0, line.indexOf(':')).trim())));
  const missing = usual.filter(([name]) => !given.has(name));
  const head = [startLine, ...missing.map(([name, value]) => `${name}: ${value}`), ...lines].join('\n');
  return Buffer.concat([wire(`${head}\n\n`), Buffer.from(body, 'utf8')]);
}
