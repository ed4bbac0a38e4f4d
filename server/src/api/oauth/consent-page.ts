/** What the consent page asks and carries on. */
export interface Consent {
  readonly app: string;
  readonly host: string;
  /** Fields of the request, sent again with the decision. */
  readonly carried: Readonly<Record<string, string>>;
  /** What was wrong with the last try. */
  readonly mistake: string | null;
}

const style = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f3f4f6,#16181d)}
main{width:min(22rem,calc(100vw - 3rem));padding:2rem;border-radius:1rem;background:light-dark(#fff,#22252c);box-shadow:0 1px 12px #0002}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:.25rem 0 1rem}
label{display:block;margin:.75rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.55rem .7rem;font:inherit;border:1px solid #8888;border-radius:.5rem;background:transparent;color:inherit}
div{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;padding:.6rem;font:inherit;border:0;border-radius:.5rem;cursor:pointer;background:light-dark(#e5e7eb,#343944);color:inherit}
button.allow{background:#1d4ed8;color:#fff}
.mistake{padding:.5rem .75rem;border-radius:.5rem;background:light-dark(#fee2e2,#4c1d1d)}
`;

export function consentPage({ app, host, carried, mistake }: Consent): string {
  const hidden = Object.entries(carried).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const wrong = mistake === null ? '' : `<p class="mistake" role="alert">${escapeHtml(mistake)}</p>`;
  return page(
    `Allow ${app}?`,
    `<h1>Allow ${escapeHtml(app)} to make calls for you?</h1>
<p>It will place, see and end phone calls in your name at ${escapeHtml(host)}.</p>${wrong}
<form method="post" action="/oauth/authorize.php">${hidden.join('')}
<label for="login">Login</label><input id="login" name="login" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<div><button name="decision" value="deny" formnovalidate>Deny</button><button class="allow" name="decision" value="allow">Allow</button></div>
</form>`,
  );
}

/** For what cannot be told to the app, since nobody knows where it is. */
export function refusalPage(why: string): string {
  return page('Not possible', `<h1>This app cannot be allowed</h1><p>${escapeHtml(why)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
