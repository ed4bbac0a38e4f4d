/**
 * Devices are known by UUIDs that hold the organization and the number of their extension (docs/protocols/
 * web-services.md): that of a colleague's follows from one's own. Null: this is no number of an extension.
 */
export function deviceIdOf(ownId: string, number: string): string | null {
  const form = /^([0-9a-f]{8})-([0-9a-f]{4})-[0-9a-f]([0-9a-f]{3})-[0-9a-f]([0-9a-f]{3})-([0-9a-f]{12})$/;
  const own = form.exec(ownId.toLowerCase())?.slice(1).join('');
  const organization = /^([0-9]+)a/.exec(own ?? '')?.[1];
  if (organization === undefined || !/^[0-9]{1,18}$/.test(number)) return null;
  const all = `${organization}a${number}`.padEnd(30, 'f');
  const part = (from: number, to: number) => all.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(12, 15)}-a${part(15, 18)}-${part(18, 30)}`;
}
