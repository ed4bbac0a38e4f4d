import { isolated } from '../../../words/isolated.ts';

export interface Party {
  readonly number: string;
  readonly name: string;
}

export interface WhoWasInIt {
  readonly conference: { readonly extension: string; readonly number: string; readonly name: string } | null;
  readonly from: Party | null;
  readonly to: Party | null;
  readonly parties: readonly Party[];
}

/** Between whom an ended call was, or what its conference is called: `named` says that in words. */
export function whoOf(call: WhoWasInIt, named: (name: string, number: string) => string): string {
  const { conference, from, parties, to } = call;
  if (conference !== null) return named(conference.name, `${conference.extension}*${conference.number}`);
  const first = from ?? parties[0] ?? null;
  return [first, to]
    .flatMap((one) => (one === null ? [] : [one.name === '' ? one.number : isolated(one.name)]))
    .join(' → ');
}
