let last = 0;

/** Memory of this process. The system tells of it in a file: where none can be opened any more, as it was last. */
export function residentBytes(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {} // As many files are open as may be.
  return last;
}
