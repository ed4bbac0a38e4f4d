import { useEffect, useRef } from 'react';

/** The heading of a state of the page. It takes the focus, so that a screen reader says where one is now. */
export function Heading({ text }: { readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}
