let trim: Promise<(keep: number) => unknown> | null = null;

/**
 * Gives pages that glibc's malloc has free between others back to the system: milliseconds, for the whole process.
 * Nothing where there is no glibc, or no binary of ours that calls it.
 */
export async function trimMalloc(): Promise<void> {
  trim ??= import('koffi').then(({ default: koffi }) => koffi.load('libc.so.6').func('int malloc_trim(size_t)'));
  try {
    (await trim)(0);
  } catch {
    // Memory is only kept, then.
  }
}
