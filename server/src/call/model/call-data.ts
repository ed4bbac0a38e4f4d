/** Attached data (AssociateData): JSON values by key. */
export type CallData = Readonly<Record<string, unknown>>;
