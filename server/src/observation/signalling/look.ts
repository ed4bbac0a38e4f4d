/** What of a message is to be known before it is kept. */
export interface Look {
  /** '' when there is none. */
  readonly callId: string;
  /** Of CSeq; '' when there is none. */
  readonly method: string;
  /** Of From and To, and of the topmost Via; '' when there is none. */
  readonly fromTag: string;
  readonly toTag: string;
  readonly branch: string;
  /** It may hold a secret: to be read closely. */
  readonly suspicious: boolean;
}

const [a, c, f, i, k, o] = [0x61, 0x63, 0x66, 0x69, 0x6b, 0x6f];
const [p, r, s, t, u, v] = [0x70, 0x72, 0x73, 0x74, 0x75, 0x76];
const [colon, equals] = [0x3a, 0x3d];

/**
 * A PIN stands behind the second star of what is dialled, which ends at one of these. A conference that was dialled
 * without one (`211*3`) is in every message of its calls, and need not be read closely.
 */
const twoStars = /\*[^@>;\s"*]*\*/;

/**
 * One look at the beginning of each line: this is done for every message there is, so it must cost next to nothing.
 * `text`: its bytes as Latin-1.
 */
export function lookAt(text: string): Look {
  let callId = '';
  let method = '';
  let fromTag = '';
  let toTag = '';
  let branch = '';
  let suspicious = text.startsWith('INFO') || text.includes('%2') || (text.includes('*') && twoStars.test(text));
  let inHead = true;
  for (let start = text.indexOf('\n') + 1; start > 0 && start < text.length; start = text.indexOf('\n', start) + 1) {
    const first = text.charCodeAt(start) | 0x20;
    const second = text.charCodeAt(start + 1);
    const lower = second | 0x20;
    if (!inHead) {
      // a=crypto, a=ice-pwd, a=key-mgmt, k=
      const third = text.charCodeAt(start + 2) | 0x20;
      const ofKeys = third === c || third === i || third === k;
      if ((first === a && second === equals && ofKeys) || (first === k && second === equals)) suspicious = true;
    } else if (isEmptyAt(text, start)) {
      inHead = false;
    } else if (first === c && lower === a && callId === '') callId = valueAt(text, start, 'call-id');
    else if (first === i && (second === colon || second <= 0x20) && callId === '') callId = valueAt(text, start, 'i');
    else if (first === c && lower === s) method = valueAt(text, start, 'cseq').replace(/^[0-9]+[ \t]+/, '');
    else if (first === f && fromTag === '') {
      fromTag = tagIn(valueAt(text, start, lower === r ? 'from' : 'f'));
    } else if (first === t && (lower === o || second === colon || second <= 0x20) && toTag === '') {
      toTag = tagIn(valueAt(text, start, lower === o ? 'to' : 't'));
    } else if (first === v && branch === '') {
      branch = branchOf.exec(valueAt(text, start, lower === i ? 'via' : 'v'))?.[1] ?? '';
    }
    // Content-Type
    else if (first === c && (lower === o ? (text.charCodeAt(start + 8) | 0x20) === t : second === colon)) {
      suspicious ||= /dtmf/i.test(text.slice(start, text.indexOf('\n', start)));
    }
    // Authorization, Proxy-Authorization
    else if ((first === a && lower === u) || (first === p && lower === r)) suspicious = true;
  }
  return { callId, method, fromTag, toTag, branch, suspicious };
}

function isEmptyAt(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  return code === 0x0a || (code === 0x0d && text.charCodeAt(start + 1) === 0x0a);
}

/** '' when the line is another header's. What is folded (RFC 3261 §7.3.1) is one value. */
function valueAt(text: string, start: number, name: string): string {
  let end = text.indexOf('\n', start);
  const at = text.indexOf(':', start);
  if (at < 0 || at - start > 40 || (end >= 0 && at > end)) return '';
  if (text.slice(start, at).trim().toLowerCase() !== name) return '';
  while (end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1);
  return text.slice(at + 1, end < 0 ? undefined : end).trim();
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

const tagOf = /;\s*tag\s*=\s*([^;,\s]+)/i;
const branchOf = /;\s*branch\s*=\s*([^;,\s]+)/i;

/** Behind the address, whose name and parameters may say anything. */
function tagIn(value: string): string {
  return tagOf.exec(value.slice(value.lastIndexOf('>') + 1))?.[1] ?? '';
}
