import { exampleInvitation } from './api/dialects/unified-api/example.ts';
import type { SandboxNumber } from './sandbox/behaviours.ts';

export interface SandboxPageOptions {
  /** Where the carrier listens, e.g. `sip:127.0.0.1:5070`. */
  readonly uri: string;
  /** Of the interface, for the example that can be pasted; e.g. `http://127.0.0.1:8080`. */
  readonly http: string;
}

/** Of the sandbox organization, without a PIN. */
const conference = { extension: '211', number: '4' };

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 2rem auto; max-width: 56rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .4rem .6rem; text-align: left; vertical-align: top; }
  td:first-child { font-family: ui-monospace, monospace; white-space: nowrap; }
  pre { background: color-mix(in srgb, currentColor 8%, transparent); border-radius: .4rem; overflow-x: auto; padding: .8rem; }
`;

/** A page (HTML, complete, nothing loaded from elsewhere) with the numbers of the sandbox and what each does. */
export function sandboxPage(numbers: readonly SandboxNumber[], { uri, http }: SandboxPageOptions): string {
  const rows = numbers.map(
    ({ number, does }) => `<tr><td id="${escaped(number)}">${escaped(number)}</td><td>${escaped(does)}</td></tr>`,
  );
  const { url, body } = exampleInvitation({
    http,
    ...conference,
    invitee: '2025550101',
    callerId: 'John Doe <4242425>',
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Numbers of the sandbox</title>
<style>${style}</style>
</head>
<body>
<h1>Numbers of the sandbox</h1>
<p>The sandbox is a carrier on this machine (<code>${escaped(uri)}</code>): real SIP and RTP, no account anywhere, and nobody outside
can be called. Dial these numbers from a phone, or invite one into a conference. <code>n</code> stands for a digit; <code>+</code>,
<code>1</code> or <code>+1</code> in front change nothing; every other number is answered by somebody who speaks.</p>
<table>
<thead><tr><th>Number</th><th>What it does</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<h2>Invite one into a conference</h2>
<pre>curl -X POST "${escaped(url)}" \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '${markup(body)}'</pre>
</body>
</html>
`;
}

/** Between tags; quotes stay, so that the source of the page can be read too. */
function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
