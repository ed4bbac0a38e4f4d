export type Language = 'en' | 'de';

/** Each in itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

export const languages = Object.keys(languageNames) as readonly Language[];

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(languageNames, text);
}

/** As chosen before, or as the browser is set. */
export function firstLanguage(chosen: string | null, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  for (const tag of preferred) {
    const language = tag.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return 'en';
}
