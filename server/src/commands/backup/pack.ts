import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pack } from 'tar';

/** What is packed: a file, or a folder with all that is in it. */
export interface Packed {
  /** In the archive. */
  readonly name: string;
  readonly path: string;
}

/** Of what is no folder, or is gone. */
const noFolder: readonly string[] = ['ENOENT', 'ENOTDIR'];

/**
 * Writes a compressed tar file. Each file is packed as long as it is when its turn comes: recordings and signalling go
 * on growing meanwhile. What is gone by then is left out. Rejects with the system's error.
 */
export async function pack(file: string, entries: readonly Packed[]): Promise<void> {
  const tar = await import('tar');
  // Owners and times of access are nobody's business.
  const archive = new tar.Pack({ gzip: true, portable: true });
  const add = async (name: string, handle: FileHandle) => {
    const { size, mtime } = await handle.stat();
    const header = new tar.Header({ path: name, size, mtime, mode: 0o600, type: 'File' });
    const entry = new tar.ReadEntry(header);
    archive.add(entry);
    if (size === 0) entry.end();
    else
      await pipeline(
        createReadStream('', { fd: handle, end: size - 1, autoClose: false }),
        entry as unknown as NodeJS.WritableStream,
      );
  };
  const fill = async () => {
    for await (const { name, path } of filesOf(entries)) {
      const handle = await unlessGone(open(path, 'r'));
      if (handle === null) continue;
      try {
        await add(name, handle);
      } finally {
        await handle.close();
      }
    }
    archive.end();
  };
  const written = pipeline(archive as Pack & NodeJS.ReadableStream, createWriteStream(file, { mode: 0o600 }));
  const filled = fill().catch((error) => {
    archive.emit('error', error);
  });
  await Promise.all([written, filled]);
}

async function* filesOf(entries: readonly Packed[]): AsyncGenerator<Packed> {
  for (const { name, path } of entries) {
    const inside = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (noFolder.includes(error.code ?? '')) return null;
      throw error;
    });
    if (inside === null) yield { name, path };
    else {
      const known = inside.filter((one) => one.isFile() || one.isDirectory()).map((one) => one.name);
      yield* filesOf(known.sort().map((one) => ({ name: `${name}/${one}`, path: join(path, one) })));
    }
  }
}

async function unlessGone(opened: Promise<FileHandle>): Promise<FileHandle | null> {
  try {
    return await opened;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
