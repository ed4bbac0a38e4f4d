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
];

/** `/console/calls/12` → the section `calls`. */
export function sectionOf(path: string): Section | undefined {
  const [, , first = ''] = path.split('/');
  return sections.find((one) => one.path === first);
}
