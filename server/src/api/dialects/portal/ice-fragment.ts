/**
 * Pieces of a session description by which candidates are told later (RFC 8840 §9), and ICE restarts are asked for (RFC
 * 9725 §4.3.3). Their candidates are not read: a browser is found by its own checks.
 */

/** The user fragments that it names; null: it is malformed. */
export function readIceFragment(text: string): readonly string[] | null {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  return lines.every((line) => /^[a-z]=/.test(line)) ? iceUfragsIn(text) : null;
}

/** All that are in a description, or in a piece of one (RFC 8839 §5.4). */
export function iceUfragsIn(text: string): readonly string[] {
  return [...text.matchAll(/^a=ice-ufrag:([^\s]+)/gm)].map(([, ufrag = '']) => ufrag);
}
