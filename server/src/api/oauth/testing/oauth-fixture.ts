import { Secret } from '../../../base/secret.ts';
import type { AppView } from '../../../directory/directory-views.ts';
import { usualWebhookFormat } from '../../../directory/records.ts';
import type { OAuthDirectory } from '../apps.ts';
import type { StoredToken, TokenStore } from '../token-records.ts';

/** Keeps rows in memory; the real one has a contract suite of its own. */
export class Rows implements TokenStore {
  rows: StoredToken[] = [];
  isBusy = false;
  async save(tokens: readonly StoredToken[]) {
    this.#check();
    this.rows.push(...tokens);
  }
  async replace(hash: string, tokens: readonly StoredToken[]) {
    await this.remove({ hash });
    this.rows.push(...tokens);
  }
  async load() {
    return this.rows;
  }
  async remove(which: Parameters<TokenStore['remove']>[0]) {
    this.#check();
    if ('userIds' in which) {
      const { organizationId, userIds } = which;
      this.rows = this.rows.filter((row) => row.organizationId !== organizationId || !userIds.includes(row.userId));
      return;
    }
    this.rows = this.rows.filter((row) => Object.entries(which).some(([key, value]) => row[key as 'hash'] !== value));
  }
  async prune() {}
  #check() {
    if (this.isBusy) throw Object.assign(new Error('busy'), { name: 'StoreError' });
  }
}

export function app(key: string, trusted: boolean, redirectUris: string[] = []): AppView {
  const secret = new Secret(`${key}-secret`);
  const matches = (given: Secret) => secret.equals(given.reveal());
  const facts = {
    key,
    organizationId: '3',
    userId: 12,
    trusted,
    enabled: true,
    redirectUris,
    webhookFormat: usualWebhookFormat,
  };
  return { ...facts, webhookSecret: null, secretMark: `mark of ${key}`, secretMatches: matches };
}

export const back = 'https://app.example.test/back';
export const apps: readonly AppView[] = [
  app('demo', true),
  app('asks', false, [back]),
  app('5~2wKMPg9h~GExN3s01', true),
];
/** One user, Jane. `changed`: what the operator has changed about all apps since. */
export const directoryWith = (changed: () => Partial<AppView>): OAuthDirectory => ({
  app: (key) => {
    const found = apps.find((one) => one.key === key) ?? null;
    return found === null ? null : { ...found, ...changed() };
  },
  user: (organizationId, userId) =>
    organizationId === '3' && userId === 12 ? { roles: ['agent'], account: '3-12' } : null,
  verifyLogin: async (login, password) =>
    login === 'jane' && password.reveal() === 'right' ? { organizationId: '3', userId: 12, roles: ['agent'] } : null,
});
