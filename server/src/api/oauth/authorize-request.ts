import type { AppView } from '../../directory/directory-views.ts';
import type { OAuthDirectory } from './apps.ts';
import type { Form } from './form.ts';

/** What an authorization request is refused for, told to the app (RFC 6749 §4.1.2.1). */
export interface AuthorizeMistake {
  readonly error: 'invalid_request' | 'unsupported_response_type';
  readonly description: string;
}

/** The app, and where the browser goes back to. */
export interface AskingApp {
  readonly app: AppView;
  readonly redirectUri: string;
}

/** RFC 7636 §4.2: the SHA-256 of the verifier in base64url. */
const challengePattern = /^[A-Za-z0-9_-]{43}$/;

/** What a stranger is told, whatever it is: which apps there are is not for everybody. Why is in the log. */
export const notAsking =
  'The app cannot ask here: its client_id or its redirect_uri is missing or wrong, or it is disabled.';

/** The app that asks, or why it cannot. A wrong `redirect_uri` may be anybody's, so nothing is ever sent there. */
export function askingApp(directory: OAuthDirectory, form: Form): AskingApp | string {
  const app = directory.app(form['client_id'] ?? '');
  if (app === null) return 'its client_id is missing or wrong';
  if (!app.enabled) return 'it is disabled';
  const [only, ...more] = app.redirectUris;
  if (only === undefined) return 'it is registered without any redirect_uri, so it cannot ask users';
  const uri = given(form, 'redirect_uri');
  if (uri === undefined) {
    if (more.length > 0) return 'it must name the redirect_uri: it is registered with several';
    return { app, redirectUri: only };
  }
  // Character by character (RFC 9700 §4.1.3): no patterns, no normalizing.
  if (!app.redirectUris.includes(uri)) return 'it named a redirect_uri that it is not registered with';
  return { app, redirectUri: uri };
}

/** What is wrong with the rest of the request; null: nothing. */
export function mistakeOf(form: Form): AuthorizeMistake | null {
  const invalid = (description: string): AuthorizeMistake => ({ error: 'invalid_request', description });
  const type = given(form, 'response_type');
  const challenge = given(form, 'code_challenge');
  const method = given(form, 'code_challenge_method');
  if (type === undefined) return invalid('Missing parameter: response_type');
  if (type !== 'code') return { error: 'unsupported_response_type', description: 'The only response_type is code' };
  if (stateOf(form) === undefined && given(form, 'state') !== undefined) return invalid('Invalid parameter: state');
  if (challenge === undefined) {
    // Without its challenge a method asks for what would not be given.
    return method === undefined ? null : invalid('Missing parameter: code_challenge');
  }
  // RFC 7636 §4.3: a request without a method means plain, which whoever sees the request could answer.
  if (method !== 'S256') return invalid('The only code_challenge_method is S256');
  return challengePattern.test(challenge) ? null : invalid('Invalid parameter: code_challenge');
}

/** RFC 6749 §3.1: a parameter without a value counts as left out. */
function given(form: Form, name: string): string | undefined {
  return form[name] === '' ? undefined : form[name];
}

/** Printable ASCII, as RFC 6749 Appendix A.5 says; anything else is not given back. */
export function stateOf(form: Form): string | undefined {
  const state = form['state'];
  return state !== undefined && /^[\x20-\x7e]{1,2000}$/.test(state) ? state : undefined;
}

/** Where the browser is sent with the answer: the registered address as it is, and the answer in its query. */
export function backTo(
  redirectUri: string,
  answer: Readonly<Record<string, string>>,
  about: { readonly state: string | undefined; readonly issuer: string },
): string {
  const { state, issuer } = about;
  // RFC 9207: says whose answer it is, so that an app with several servers does not bring it to the wrong one.
  const query = new URLSearchParams({ ...answer, ...(state === undefined ? {} : { state }), iss: issuer });
  const joint = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&';
  return `${redirectUri}${joint}${query}`;
}
