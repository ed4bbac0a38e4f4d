/** A number to dial, for people. */
export interface SandboxNumber {
  /** As dialled; `n` stands for any digit. */
  readonly number: string;
  readonly does: string;
}

/** What can be dialled, in the order it should be shown. */
export function sandboxNumbers(): readonly SandboxNumber[] {
  return [];
}
