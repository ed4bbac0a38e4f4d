import { useCommonWords } from '../words/common.ts';

/** Where something is still coming. */
export function Loading({ text }: { readonly text?: string }) {
  const words = useCommonWords();
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {text ?? words.loading}
    </p>
  );
}
