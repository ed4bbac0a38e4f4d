/** A request as it can be pasted into a shell: `auth` is what stands before the body. */
export function curl(path: string, body: string | null, auth: readonly string[] = []): string {
  const lines = [`curl${body === null ? '' : ' -X POST'} ${quoted(window.location.origin + path)}`];
  lines.push(...auth);
  if (body !== null) lines.push('-H "Content-Type: application/json"', `-d ${quoted(body)}`);
  return lines.join(' \\\n  ');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
