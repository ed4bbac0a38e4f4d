import { type KeyboardEvent, type ReactNode, useId } from 'react';
import { useCurrentInView } from './in-view.ts';

export interface Tab {
  readonly key: string;
  readonly title: ReactNode;
  readonly content: () => ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly shown: string;
  readonly onShow: (key: string) => void;
}

/** One of several parts at a time; arrow keys, Home and End go through them. */
export function Tabs({ label, tabs, shown, onShow }: TabsProps) {
  const id = useId();
  const list = useCurrentInView<HTMLDivElement>(shown);
  const at = Math.max(
    0,
    tabs.findIndex(({ key }) => key === shown),
  );
  const current = tabs[at];
  const key = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const wanted = steps[event.key];
    const tab = wanted === undefined ? undefined : tabs.at(wanted === tabs.length ? 0 : wanted);
    if (tab === undefined) return;
    event.preventDefault();
    onShow(tab.key);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[tabs.indexOf(tab)]?.focus();
  };
  return (
    <div>
      <div ref={list} className="tablist" role="tablist" aria-label={label} onKeyDown={key}>
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            aria-selected={tab === current}
            aria-controls={`${id}-panel`}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => onShow(tab.key)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${current?.key}`}>
        {current?.content()}
      </div>
    </div>
  );
}
