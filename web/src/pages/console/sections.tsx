import { type ComponentType, lazy } from 'react';
import type { IconName } from '../../look/icons.tsx';
import type { Words } from '../../words/console.ts';
import { Overview } from './overview.tsx';

export interface Section {
  /** Below `/console`; empty: what is shown first. It has all addresses that begin with it. */
  readonly path: string;
  readonly icon: IconName;
  readonly title: (words: Words) => string;
  /** `React.lazy(() => import('./…'))` where it is large. */
  readonly Page: ComponentType;
}

/** What the console has, in the order of its menu. */
export const sections: readonly Section[] = [
  { path: '', icon: 'browser', title: (words) => words.overview, Page: Overview },
  {
    path: 'live',
    icon: 'microphone',
    title: (words) => words.live,
    Page: lazy(() => import('./calls/live-section.tsx').then(({ LiveSection }) => ({ default: LiveSection }))),
  },
  {
    path: 'calls',
    icon: 'phone',
    title: (words) => words.calls,
    Page: lazy(() => import('./calls/calls-section.tsx').then(({ CallsSection }) => ({ default: CallsSection }))),
  },
  {
    path: 'recordings',
    icon: 'record',
    title: (words) => words.recordings,
    Page: lazy(() =>
      import('./recordings/recordings-section.tsx').then(({ RecordingsSection }) => ({ default: RecordingsSection })),
    ),
  },
  {
    path: 'directory',
    icon: 'number',
    title: (words) => words.directory,
    Page: lazy(() =>
      import('./records/directory-section.tsx').then(({ DirectorySection }) => ({ default: DirectorySection })),
    ),
  },
  {
    path: 'security',
    icon: 'lock',
    title: (words) => words.security,
    Page: lazy(() =>
      import('./security/security-section.tsx').then(({ SecuritySection }) => ({ default: SecuritySection })),
    ),
  },
  {
    path: 'webhooks',
    icon: 'send',
    title: (words) => words.webhooks,
    Page: lazy(() =>
      import('./webhooks/webhooks-section.tsx').then(({ WebhooksSection }) => ({ default: WebhooksSection })),
    ),
  },
  {
    path: 'sandbox',
    icon: 'keypad',
    title: (words) => words.sandbox,
    Page: lazy(() =>
      import('./sandbox/sandbox-section.tsx').then(({ SandboxSection }) => ({ default: SandboxSection })),
    ),
  },
];

/** `/console/calls/12` → the section `calls`. */
export function sectionOf(path: string): Section | undefined {
  const [, , first = ''] = path.split('/');
  return sections.find((one) => one.path === first);
}
