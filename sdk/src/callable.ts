// biome-ignore lint/suspicious/noExplicitAny: any class
type AnyClass = abstract new (...args: any[]) => object;

/**
 * A class that can also be called without `new`, as constructors of ES5 could: as a function it gives an instance; as
 * the super constructor of one of ES5 (`Base.call(this, …)`) it gives `this` what an instance has.
 */
export function callable<Class extends AnyClass>(target: Class): Class {
  return new Proxy(target, {
    apply(_target, self: unknown, args: unknown[]) {
      const made = Reflect.construct(target as never, args) as object;
      if (typeof self !== 'object' || self === null || !(self instanceof (target as never))) return made;
      return Object.assign(self, made);
    },
  });
}
