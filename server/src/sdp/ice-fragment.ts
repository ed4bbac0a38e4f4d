/**
 * Pieces of a session description by which a browser restarts ICE without an offer (RFC 8840 §9, RFC 9725 §4.3.3), read
 * and written.
 */

export interface IceCredentials {
  readonly iceUfrag: string;
  readonly icePwd: string;
}

const iceText = /^[A-Za-z0-9+/]{4,256}$/;
const shortestPassword = 22;

/** RFC 8839 §5.4. */
export function areIceCredentials({ iceUfrag, icePwd }: IceCredentials): boolean {
  return iceText.test(iceUfrag) && iceText.test(icePwd) && icePwd.length >= shortestPassword;
}

/**
 * What it names the browser: for the media of this mid, else for all, else for the first that it names anything for, as
 * all are one bundle. Null: nothing, or something malformed.
 */
export function readIceCredentials(fragment: string, mid: string): IceCredentials | null {
  const [session = [], ...media] = sectionsOf(fragment);
  const own = media.find((lines) => lines.includes(`a=mid:${mid}`)) ?? [];
  const named = [own, session, ...media].find((lines) => valuesOf(lines, 'ice-ufrag').length > 0) ?? [];
  const [ufrags, passwords] = [valuesOf(named, 'ice-ufrag'), valuesOf(named, 'ice-pwd')];
  const [iceUfrag = '', icePwd = ''] = [ufrags[0], passwords[0]];
  const once = ufrags.length === 1 && passwords.length === 1;
  return once && areIceCredentials({ iceUfrag, icePwd }) ? { iceUfrag, icePwd } : null;
}

export interface IceFragment extends IceCredentials {
  readonly mid: string;
  readonly payloadType: number;
  /** Without `candidate:` in front (RFC 8839 §5.1). */
  readonly candidates: readonly string[];
}

export function writeIceFragment({ mid, payloadType, iceUfrag, icePwd, candidates }: IceFragment): string {
  const lines = [
    `a=group:BUNDLE ${mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    `a=mid:${mid}`,
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    ...candidates.map((candidate) => `a=candidate:${candidate}`),
    'a=end-of-candidates',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The lines of the session, then those of each media. */
function sectionsOf(text: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)!.push(line);
  }
  return sections;
}

function valuesOf(lines: readonly string[], name: string): string[] {
  const start = `a=${name}:`;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length).trim());
}
