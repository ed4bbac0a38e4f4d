import { createHash } from 'node:crypto';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

interface Login {
  readonly method: string;
  readonly uri: string;
  readonly user: string;
  readonly password: string;
}

/** The header that answers a challenge (RFC 7616, MD5, `auth`). */
export function answerTo(challenge: string, { method, uri, user, password }: Login): string {
  const part = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? '';
  const [realm, nonce] = [part('realm'), part('nonce')];
  const proof = [md5(`${user}:${realm}:${password}`), nonce, '00000001', 'c', 'auth', md5(`${method}:${uri}`)];
  const header = /^Proxy-Authenticate/im.test(challenge) ? 'Proxy-Authorization' : 'Authorization';
  return (
    `${header}: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${md5(proof.join(':'))}", qop=auth, nc=00000001, cnonce="c"`
  );
}
