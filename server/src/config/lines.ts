import type { ConfigDocument, ConfigValue } from './value.ts';

/**
 * On which line of the file each record of the directory stands, by what it is known by (`user 3-12`), and `dialPlan`,
 * `limits` and each key of `limits` (`limits.silence`). The file has been checked.
 */
export function linesOf(document: ConfigDocument): Map<string, number> {
  const lines = new Map<string, number>();
  const note = (key: string, value: ConfigValue | null) => {
    const line = value?.place?.line;
    if (line !== undefined) lines.set(key, line);
  };
  const root = document.root();
  for (const organization of items(root, 'organizations')) {
    const id = written(organization, 'id');
    note(`organization ${id}`, organization);
    for (const user of items(organization, 'users')) {
      note(`user ${id}-${written(user, 'id')}`, user);
      for (const extension of items(user, 'extensions')) {
        const extensionId = `${id}-${written(extension, 'number')}`;
        note(`extension ${extensionId}`, extension);
        for (const conference of items(extension, 'conferences'))
          note(`conference ${extensionId}-${written(conference, 'number')}`, conference);
      }
    }
    for (const app of items(organization, 'apps')) note(`app ${written(app, 'key')}`, app);
  }
  for (const trunk of items(root, 'trunks')) note(`trunk ${written(trunk, 'name')}`, trunk);
  note('dialPlan', root.child('dialPlan'));
  const limits = root.child('limits');
  note('limits', limits);
  for (const { key, value } of limits?.entries ?? []) note(`limits.${key}`, value);
  return lines;
}

function items(value: ConfigValue, key: string): readonly ConfigValue[] {
  return value.child(key)?.list ?? [];
}

/** As the record is known: an id is a number, what is dialled counts as it is written. */
function written(value: ConfigValue, key: string): string {
  const child = value.child(key);
  if (typeof child?.scalar === 'string') return child.scalar;
  return key === 'id' ? String(child?.scalar) : (child?.written ?? '');
}
