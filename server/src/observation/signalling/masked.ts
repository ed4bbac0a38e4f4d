/** RFC 3261 §20.7, §20.27: the answers to a challenge; a header may go on in lines that begin with a space. */
const credentials = /^((?:proxy-)?authorization[ \t]*:[ \t]*(?:[a-z]+[ \t]+)?)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gim;
/**
 * What was dialled behind the second star is a PIN, or may be one: `211*3*2233`. A URI may write each of its characters
 * as %XX. Bounded, so that a message of nothing but `sip:` takes no longer than others.
 */
const dialledPin =
  /((?:sips?|tel):(?:[^@>;\s"*%]|%(?!2a)){0,120}(?:\*|%2a)(?:[^@>;\s"*%]|%(?!2a)){0,120}(?:\*|%2a))([^@>;\s"?]+)/gi;
/** The same where it is a name that is shown, or said in a warning; ids may look like that too. */
const wholeHeader = /^(?!(?:call-id|i|via|v)[ \t]*:)[^\r\n]+/gim;
const shownPin = /(?<![\w*%.@+-])(\+?[0-9][0-9().-]{0,40}\*[0-9().-]{1,40}\*)([0-9*#().-]+)/g;
/** Keys of SRTP (RFC 4568 §9.1, RFC 4567 §3.1), of RFC 4566 §5.12, and passwords of ICE (RFC 8839 §5.4). */
const inlineKey = /^(a=crypto:[^\r\n]*?inline:)([^\r\n]+)/gim;
const keyManagement = /^(a=key-mgmt:)([^\r\n]+)/gim;
const keyLine = /^(k=)([^\r\n]+)/gm;
const icePassword = /^(a=ice-pwd:)([^\r\n]+)/gim;
/** Keys pressed, as INFO tells them. */
const infoSignal = /^([ \t]*signal[ \t]*[=:][ \t]*)([^\r\n]+)/gim;
const dtmfBody = /^(?:content-type|c)[ \t]*:(?:\r?\n)?[ \t]*application\/dtmf/im;

/** In a body the length must stay what the head says it is. */
const crossedOut = (_all: string, kept: string, secret: string): string => kept + 'x'.repeat(secret.length);

/**
 * A SIP message without its secrets: credentials, PINs that were dialled, keys that were pressed, keys of SRTP. `text`:
 * its bytes as Latin-1.
 */
export function masked(text: string): string {
  const cut = text.search(/\r?\n\r?\n/);
  const head = cut < 0 ? text : text.slice(0, cut);
  const shown = head
    .replace(credentials, '$1***')
    .replace(dialledPin, '$1xxxx')
    .replace(wholeHeader, (line) => line.replace(shownPin, '$1xxxx'));
  if (cut < 0) return shown;
  const body = text.slice(cut);
  return shown + (dtmfBody.test(head) ? bodyOfKeys(body) : maskedBody(body));
}

function maskedBody(body: string): string {
  return body
    .replace(inlineKey, crossedOut)
    .replace(keyManagement, crossedOut)
    .replace(keyLine, crossedOut)
    .replace(icePassword, crossedOut)
    .replace(infoSignal, crossedOut)
    .replace(dialledPin, crossedOut);
}

/** Either `Signal=5` in a line, or nothing but the key. */
function bodyOfKeys(body: string): string {
  if (/signal/i.test(body)) return body.replace(infoSignal, crossedOut);
  return body.replace(/[0-9a-d*#]/gi, 'x');
}
