import { useState } from 'react';
import { useCommonWords } from '../words/common.ts';
import { languageNames, languages } from '../words/language.ts';
import { Icon, type IconName } from './icons.tsx';
import { keep, recall } from './kept.ts';
import { useLanguage } from './page.tsx';

export function LanguageSwitch() {
  const words = useCommonWords();
  const { language, choose } = useLanguage();
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons are no fields of a form
    <div className="choice" role="group" aria-label={words.languages}>
      {languages.map((one) => (
        <button key={one} type="button" lang={one} aria-pressed={one === language} onClick={() => choose(one)}>
          {languageNames[one]}
        </button>
      ))}
    </div>
  );
}

const themes = { system: 'device', light: 'sun', dark: 'moon' } as const satisfies Record<string, IconName>;
type Theme = keyof typeof themes;

/** Light, dark, or as the device is set. public/theme.js does the same before anything is drawn. */
export function ThemeSwitch() {
  const words = useCommonWords();
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = recall('theme');
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  });
  const choose = (wanted: Theme) => {
    setTheme(wanted);
    keep('theme', wanted === 'system' ? '' : wanted);
    if (wanted === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = wanted;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons are no fields of a form
    <div className="choice" role="group" aria-label={words.theme}>
      {(Object.keys(themes) as Theme[]).map((one) => (
        <button
          key={one}
          type="button"
          aria-label={words.themes[one]}
          title={words.themes[one]}
          aria-pressed={one === theme}
          onClick={() => choose(one)}
        >
          <Icon name={themes[one]} />
        </button>
      ))}
    </div>
  );
}
