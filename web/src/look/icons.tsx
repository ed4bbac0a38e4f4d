const paths = {
  microphone:
    'M12 15a3.5 3.5 0 0 0 3.5-3.5v-5a3.5 3.5 0 1 0-7 0v5A3.5 3.5 0 0 0 12 15ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3.5',
  microphoneOff:
    'M15.5 9V6.5a3.5 3.5 0 0 0-6.7-1.4M8.5 8.5v3a3.5 3.5 0 0 0 5.6 2.8M5.5 11.5a6.5 6.5 0 0 0 10.6 5M18.5 11.5a6.6 6.6 0 0 1-.6 2.7M12 18v3.5M3.5 3l17 18',
  hand: 'M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-1V4a1.5 1.5 0 0 1 3 0v7m0-5.5a1.5 1.5 0 0 1 3 0V14a7 7 0 0 1-7 7c-3 0-4.4-1.4-5.8-3.8l-2-3.6a1.5 1.5 0 0 1 2.6-1.5L8 14.5',
  chat: 'M4 5.5h16v11H10.5L6 20.5v-4H4Z',
  leave:
    'M3 14.5v-2c4.5-4.5 13.5-4.5 18 0v2a1 1 0 0 1-1 1h-3.5a1 1 0 0 1-1-1v-2a12 12 0 0 0-7 0v2a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1Z',
  lock: 'M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  unlock: 'M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.2',
  record: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  invite: 'M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM3 20.5c0-4 3-6.5 7-6.5s7 2.5 7 6.5M19 7v6M16 10h6',
  phone:
    'M6.5 3.5h3l1.5 4-2 1.5a11 11 0 0 0 5 5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2Z',
  number:
    'M6.5 3.5h3l1.5 4-2 1.5a11 11 0 0 0 5 5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2ZM14.5 9.5 20 4M20 8V4h-4',
  browser: 'M3.5 5h17v14h-17ZM3.5 9.5h17M6.5 7.2h.1M9 7.2h.1',
  remove: 'M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM3 20.5c0-4 3-6.5 7-6.5s7 2.5 7 6.5M16 10h6',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M4 12 20 4.5l-4.5 15.5-4-6.5Zm7.5 1.5L20 4.5',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7l1.5-1.5',
  copy: 'M9 9h11v11H9ZM5.5 15H4V4h11v1.5',
  sun: 'M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  device: 'M3.5 5h17v11h-17ZM9 20h6M12 16v4',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5Z',
  swap: 'M4 8.5h15M15.5 5 19 8.5 15.5 12M20 15.5H5M8.5 12 5 15.5 8.5 19',
  merge: 'M5 4v4c0 4 7 4 7 8v4M19 4v4c0 4-7 4-7 8',
  transfer: 'M4 12h15M14 7l5 5-5 5',
  keypad: 'M6 6h.1M12 6h.1M18 6h.1M6 12h.1M12 12h.1M18 12h.1M6 18h.1M12 18h.1M18 18h.1',
  ear: 'M7 10a5 5 0 1 1 10 0c0 4-4 4.5-4 8a2.5 2.5 0 0 1-5 .5M10 10a2 2 0 1 1 4 0',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l4.5 4.5',
  warning: 'M12 4 2.5 20h19ZM12 10v5M12 17.5h.1',
  check: 'M4.5 12.5 10 18 20 6.5',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M4.5 20h15',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
} as const;

export type IconName = keyof typeof paths;

/** A picture beside words; it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M8 13v6M13.3 9v14M24 14v4" />
      <path className="live" d="M18.7 12v8" />
    </svg>
  );
}
