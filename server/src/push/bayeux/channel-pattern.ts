/**
 * Whether a channel is among those that a pattern names (Bayeux 1.0, globbing): `/a/b` itself, `/a/*` one segment more,
 * `/a/**` any number of segments more. Wildcards stand at the end.
 */
export function matches(pattern: string, channel: string): boolean {
  if (pattern.endsWith('/**')) return channel.startsWith(pattern.slice(0, -2)) && channel.length > pattern.length - 2;
  if (!pattern.endsWith('/*')) return pattern === channel;
  const parent = pattern.slice(0, -1);
  return channel.startsWith(parent) && channel.length > parent.length && !channel.includes('/', parent.length);
}

/** Patterns that clients may subscribe to: nothing of the protocol's own, and wildcards only at the end. */
export function maySubscribe(pattern: string): boolean {
  if (pattern.startsWith('/meta/') || pattern.startsWith('/service/')) return false;
  const [last = '', ...before] = pattern.split('/').slice(1).reverse();
  const plain = (segment: string) => segment !== '' && !segment.includes('*');
  return before.every(plain) && (last === '*' || last === '**' || plain(last));
}
