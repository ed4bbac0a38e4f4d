import type { Secret } from '../base/secret.ts';
import { type ProvisionedApp, usualWebhookFormat } from '../directory/records.ts';
import {
  boolean,
  integer,
  key,
  list,
  nullable,
  oneOf,
  quoted,
  type Reader,
  required,
  secret,
  section,
  text,
} from './readers.ts';

/**
 * Where users are sent back to with a code (RFC 9700 §2.6, RFC 8252 §7): https, http to this very machine, or a scheme
 * that belongs to an application by its reversed domain name. It is compared character by character, and answers go
 * into its query, so it has no fragment.
 */
const redirectUri: Reader<string> = (value) => {
  const scalar = value.scalar;
  const expected =
    'an https:// address without a fragment (http:// only for 127.0.0.1, [::1] or localhost; or a scheme of an application such as com.example.app:/)';
  const parsed = typeof scalar === 'string' && /^[\x21-\x7e]{1,2000}$/.test(scalar) ? URL.parse(scalar) : null;
  if (parsed !== null && !(scalar as string).includes('#') && isRedirectTarget(parsed)) return scalar as string;
  throw value.error(expected, typeof scalar === 'string' ? quoted(scalar) : undefined);
};

function isRedirectTarget({ protocol, hostname, username, password }: URL): boolean {
  if (username !== '' || password !== '') return false;
  if (protocol === 'https:') return true;
  if (protocol === 'http:') return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  return /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(protocol);
}

/** Standard Webhooks: 24 to 64 random bytes in base64. */
const signingSecret = secret(
  'a secret to sign webhooks with: whsec_ followed by 24 to 64 bytes in base64',
  /^whsec_(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|(?:[A-Za-z0-9+/]{4})?[A-Za-z0-9+/]{2}==)?$/,
);

const webhookKeys = section({
  callFlow: key(oneOf('upper', 'lower'), usualWebhookFormat.callFlow),
  callStatus: key(oneOf('upper', 'lower'), usualWebhookFormat.callStatus),
  hangupStatus: key(oneOf('documented', 'full'), usualWebhookFormat.hangupStatus),
  secret: key(nullable(signingSecret), null as Secret | null),
});

const appKeys = section({
  key: required(text('the key of the application', /^[A-Za-z0-9._~-]{1,100}$/)),
  secret: required(secret('the secret of the application')),
  user: required(integer(1, 2_147_483_647)),
  trusted: key(boolean, false),
  enabled: key(boolean, true),
  redirectUris: key(list(redirectUri), Object.freeze([]) as readonly string[]),
  webhooks: key(webhookKeys, Object.freeze({ ...usualWebhookFormat, secret: null as Secret | null })),
});

/** One of `apps`: a client of the HTTP interfaces. */
export const app: Reader<ProvisionedApp> = (value) => {
  const { webhooks, ...rest } = appKeys(value);
  const { secret: webhookSecret, ...webhookFormat } = webhooks;
  return Object.freeze({ ...rest, webhookFormat: Object.freeze(webhookFormat), webhookSecret });
};
