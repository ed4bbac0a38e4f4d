import { useCallback, useEffect, useState } from 'react';

export interface Carrier {
  readonly uri: string;
  readonly numbers: readonly { readonly number: string; readonly does: string }[];
  readonly example: { readonly path: string; readonly body: string };
}

/** What the server says of the carrier in the box; null while it is not known. */
export function useCarrier(): { carrier: Carrier | 'off' | 'failed' | null; again: () => void } {
  const [carrier, setCarrier] = useState<Carrier | 'off' | 'failed' | null>(null);
  const again = useCallback(() => {
    ask().then(setCarrier, () => setCarrier('failed'));
  }, []);
  useEffect(again, [again]);
  return { carrier, again };
}

async function ask(): Promise<Carrier | 'off'> {
  const response = await fetch('/sandbox', { headers: { accept: 'application/json' }, cache: 'no-store' });
  if (response.status === 404) return 'off';
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Carrier;
}
