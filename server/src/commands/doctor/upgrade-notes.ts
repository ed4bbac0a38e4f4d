/** What each step of the schema means to who runs the server; docs/upgrade.md has the same (a test compares). */
export const upgradeNotes: Readonly<Record<number, string>> = {
  1: 'organizations, event log and call records; where everything begins',
  2: 'apps, tokens, webhooks and idempotency keys; nothing to do',
  3: 'registrations, calls and budgets survive a restart; nothing to do',
  4: 'webhooks are signed: fetch each app its secret at /admin/v1/apps/KEY/webhook-secrets',
  5: 'lists of phone calls are kept ready; the start takes longer once, by about a second for 100 000 calls',
  6: 'events of agents’ devices are kept beside those of calls; nothing to do',
  7: 'lists of phone calls follow merged and transferred calls; nothing to do',
  8: 'refused calls out are kept with their reason; nothing to do',
  9: 'who made each record is kept: the file, or somebody over HTTP; nothing to do',
  10: 'phone calls that were in no list of those who had them are listed again; nothing to do',
};
