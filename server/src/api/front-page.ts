/** A link on the page at `/`. */
export interface FrontLink {
  readonly href: string;
  readonly text: string;
  readonly does: string;
}

const style = `
:root{color-scheme:light dark;font:17px/1.55 system-ui,sans-serif}
body{max-width:42rem;margin:4rem auto;padding:0 1.5rem}
h1{font-size:2rem;margin:0}p.lead{margin:.25rem 0 2rem;opacity:.75}
a{display:block;padding:.9rem 1.1rem;margin:.6rem 0;border:1px solid #8884;border-radius:.75rem;text-decoration:none;color:inherit}
a:hover,a:focus-visible{border-color:#1d4ed8}strong{display:block}span{opacity:.75}
`;

/** What somebody sees who opens the server's address in a browser: where everything is. */
export function frontPage(links: readonly FrontLink[]): string {
  const items = links.map(
    ({ href, text, does }) => `<a href="${href}"><strong>${text}</strong><span>${does}</span></a>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Partyline</title><style>${style}</style></head><body>
<h1>Partyline</h1><p class="lead">One conference for phones, applications, agents and browsers.</p>
${items.join('\n')}
</body></html>`;
}
