export type ClassOf<Instance> = { readonly prototype: Instance };

/** Adds a method that is one of many alike, as if it were written in the class. */
export function addMethod<Instance extends object>(
  { prototype }: ClassOf<Instance>,
  name: string,
  value: (this: Instance, given: unknown) => unknown,
): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
